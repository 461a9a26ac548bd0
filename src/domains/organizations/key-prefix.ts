import { InvalidKeyPrefixError } from './errors.js';

/** @throws InvalidKeyPrefixError */
export function checkKeyPrefix(prefix: string): string {
  if (!/^[A-Za-z][A-Za-z0-9_]{0,19}$/.test(prefix)) throw new InvalidKeyPrefixError();
  return prefix;
}
