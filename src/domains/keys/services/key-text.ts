import { createSecret } from '../../common/secret.js';
import { InvalidKeyPrefixError } from '../errors.js';

/**
 * Creates a key of the form `prefix_secret`. The prefix tells people the key's kind, and lets secret
 * scanners find a leaked key.
 *
 * @throws InvalidKeyPrefixError
 */
export function createKey(prefix: string): string {
  if (!/^[A-Za-z][A-Za-z0-9_]{0,19}$/.test(prefix)) throw new InvalidKeyPrefixError();
  return `${prefix}_${createSecret()}`;
}
