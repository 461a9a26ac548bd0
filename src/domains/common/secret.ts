import { createHash, randomBytes } from 'node:crypto';

/** The entropy of a secret in bytes: 256 bits, twice what OWASP's ASVS 5.0 asks of a token (7.2.3). */
const entropy = 32;

/** A new secret that cannot be guessed: 256 random bits as 43 characters of base64url. */
export function createSecret(): string {
  return randomBytes(entropy).toString('base64url');
}

/**
 * What is stored of a secret, and what it is found by: its SHA-256, in lower-case hexadecimal.
 *
 * A slow, salted hash is for what people can remember, and so others can guess. NIST SP 800-63B (5.1.2.2)
 * asks for a plain one-way function from 112 bits of entropy on; such a hash can be looked up in an
 * index. What is no text, such as a header that was not sent, gives what no secret is found by.
 */
export function hashSecret(secret: string): string {
  return typeof secret === 'string' ? createHash('sha256').update(secret).digest('hex') : '';
}
