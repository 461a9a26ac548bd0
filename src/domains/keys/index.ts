export { InvalidKeyPrefixError } from './errors.js';
export type { IssuedKey, KeyStatus } from './key.js';
