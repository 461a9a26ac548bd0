import { InvalidPasswordError } from './errors.js';

/** The least that NIST SP 800-63B (5.1.1.2) allows for a password that a person chose. */
const shortest = 8;
/** Far above the 64 that NIST asks to allow; a megabyte of password is an attack. */
const longest = 1024;

/** @throws InvalidPasswordError */
export function checkPassword(password: string): string {
  // In code points, as a person counts.
  const { length } = Array.from(password.slice(0, 2 * longest + 1));
  if (length < shortest || length > longest) throw new InvalidPasswordError(shortest, longest);
  return password;
}
