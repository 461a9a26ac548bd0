import { InvalidPasswordError } from '../errors.js';
import { normalPassword } from './normal-password.js';

/** The minimum length that NIST SP 800-63B (5.1.1.2) requires of a password chosen by a person. */
const shortest = 8;
/**
 * The maximum length. NIST requires at least 64 to be allowed; the limit prevents attacks with huge
 * passwords.
 */
const longest = 1024;

/** @throws InvalidPasswordError */
export function checkPassword(password: string): string {
  if (typeof password !== 'string') throw new InvalidPasswordError(shortest, longest);
  // Too long in any normal form, so it is not worth normalising.
  const isFar = password.length > 8 * longest;
  // Counted in code points, not UTF-16 code units.
  const { length } = isFar ? password : Array.from(normalPassword(password));
  if (length < shortest || length > longest) throw new InvalidPasswordError(shortest, longest);
  return password;
}
