import { foldAscii, foldedAscii } from './fold-ascii.js';

/** The longest address that a mail server need accept (RFC 5321, 4.5.3.1.3, less the brackets). */
const longest = 254;

/**
 * An e-mail address in the normal form NFC (RFC 6532, 3.1), as it is stored and mailed to; undefined for what
 * cannot be one, and no more: only a message that arrives proves that an address is right.
 */
export function normalEmail(email: unknown): string | undefined {
  if (typeof email !== 'string' || email.length > longest || !email.isWellFormed())
    return undefined;
  // NFC may make a letter and its accent one character, but must not put another character in the place of
  // one: it takes the Kelvin sign for a K.
  if (Array.from(email).some((character) => character.normalize('NFC') !== character)) {
    return undefined;
  }
  return /^[^\s\0@]+(?:@[^\s\0@]+)+$/.test(email) ? email.normalize('NFC') : undefined;
}

/**
 * What an address is found by: two addresses with one key are one person's. Undefined for what cannot be an
 * address, and so is nobody's.
 */
export function emailKey(email: string): string | undefined {
  const address = normalEmail(email);
  return address === undefined ? undefined : foldAscii(address);
}

/** The key of an address, by the SQL of the address. */
export function emailKeyOf(sql: string): string {
  return foldedAscii(`normalize(${sql}, NFC)`);
}
