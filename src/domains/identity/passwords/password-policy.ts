import { InvalidPasswordError } from '../errors.js';
import { normalPassword } from './normal-password.js';

/** The least that NIST SP 800-63B (5.1.1.2) allows for a password that a person chose. */
const shortest = 8;
/** Far above the 64 that NIST asks to allow; a megabyte of password is an attack. */
const longest = 1024;

/** @throws InvalidPasswordError */
export function checkPassword(password: string): string {
  if (typeof password !== 'string') throw new InvalidPasswordError(shortest, longest);
  // More than this is too long in any form, and not worth bringing into one.
  const isFar = password.length > 8 * longest;
  // In code points, as a person counts.
  const { length } = isFar ? password : Array.from(normalPassword(password));
  if (length < shortest || length > longest) throw new InvalidPasswordError(shortest, longest);
  return password;
}
