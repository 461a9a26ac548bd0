import { InvalidEmailError } from './errors.js';

/** The longest address that a mail server need accept (RFC 5321, 4.5.3.1.3, less the brackets). */
const longest = 254;

/**
 * Refuses what cannot be an address, and no more: only a message that arrives proves that one is right.
 *
 * @throws InvalidEmailError
 */
export function checkEmail(email: string): string {
  if (
    typeof email !== 'string' ||
    email.length > longest ||
    !/^[^\s\0@]+(?:@[^\s\0@]+)+$/.test(email)
  ) {
    throw new InvalidEmailError();
  }
  return email;
}
