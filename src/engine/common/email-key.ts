import { foldAscii, foldedAscii } from './fold-ascii.js';

/** The maximum length of an address (RFC 5321, 4.5.3.1.3, without the angle brackets). */
const longest = 254;

/**
 * Normalizes an e-mail address to NFC (RFC 6532, 3.1), the form in which it is stored and mailed to. Returns
 * undefined for a value that cannot be an address. The check is loose on purpose: only a message that arrives
 * proves that an address is right.
 */
export function normalEmail(email: unknown): string | undefined {
  if (typeof email !== 'string' || email.length > longest || !email.isWellFormed())
    return undefined;
  // NFC may join a letter and its accent into one character. It must not replace a character with a different
  // one, as it does with the Kelvin sign, which becomes a K.
  if (Array.from(email).some((character) => character.normalize('NFC') !== character)) {
    return undefined;
  }
  return /^[^\s\0@]+(?:@[^\s\0@]+)+$/.test(email) ? email.normalize('NFC') : undefined;
}

/**
 * The key that an address is found by: addresses with the same key belong to the same user. Undefined for a
 * value that cannot be an address.
 */
export function emailKey(email: string): string | undefined {
  const address = normalEmail(email);
  return address === undefined ? undefined : foldAscii(address);
}

/** SQL that computes `emailKey()` of an address that is given as SQL. */
export function emailKeyOf(sql: string): string {
  return foldedAscii(`normalize(${sql}, NFC)`);
}
