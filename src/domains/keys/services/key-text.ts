import { createSecret } from '../../common/secret.js';
import { InvalidKeyPrefixError } from '../errors.js';

/**
 * A new key that says what it is: `prefix_secret`. A person sees which key it is, and a scanner of
 * repositories finds one that leaked.
 *
 * @throws InvalidKeyPrefixError
 */
export function createKey(prefix: string): string {
  if (!/^[A-Za-z][A-Za-z0-9_]{0,19}$/.test(prefix)) throw new InvalidKeyPrefixError();
  return `${prefix}_${createSecret()}`;
}
