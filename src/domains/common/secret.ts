import { createHash, randomBytes } from 'node:crypto';

/** The entropy of a secret in bytes: 256 bits, twice the minimum of OWASP ASVS 5.0 for a token (7.2.3). */
const entropy = 32;

/** Creates a random secret: 256 bits as 43 characters of base64url. */
export function createSecret(): string {
  return randomBytes(entropy).toString('base64url');
}

/**
 * The hash by which a secret is stored and found: its SHA-256, in lower-case hexadecimal.
 *
 * Slow, salted hashes are needed for passwords, which can be guessed. For secrets with at least 112 bits of
 * entropy NIST SP 800-63B (5.1.2.2) requires only a one-way function, and such a hash can be looked up in
 * an index. A value that is not a string, such as a missing header, gives a hash that matches no secret.
 */
export function hashSecret(secret: string): string {
  return typeof secret === 'string' ? createHash('sha256').update(secret).digest('hex') : '';
}
