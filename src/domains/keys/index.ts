export { InvalidKeyPrefixError } from './errors.js';
export type { IssuedKey, KeyStatus, KeyUseOptions } from './key.js';
