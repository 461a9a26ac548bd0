import { InvalidIdempotencyKeyError } from './errors.js';

const longest = 255;

/**
 * The key in a header `Idempotency-Key`: a string of RFC 8941 in quotes, as the draft of the IETF has it, or the
 * bare text that most clients send. Both forms of a text are the same key.
 *
 * @throws InvalidIdempotencyKeyError
 */
export function keyOfHeader(header: string): string {
  const quoted = /^"((?:[^"\\]|\\["\\])*)"$/.exec(header.trim());
  return checkKey(quoted === null ? header.trim() : quoted[1]!.replace(/\\(.)/g, '$1'));
}

/** @throws InvalidIdempotencyKeyError unless the key has 1 to 255 visible ASCII characters */
export function checkKey(key: string): string {
  if (typeof key !== 'string' || key.length > longest || !/^[\x21-\x7e]+$/.test(key)) {
    throw new InvalidIdempotencyKeyError();
  }
  return key;
}
