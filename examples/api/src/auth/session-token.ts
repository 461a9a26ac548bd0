import { createHash, randomBytes } from 'node:crypto';

/** A new bearer token: 256 random bits. */
export function createSessionToken(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * What `sessions.session_token` holds of a token. One round of SHA-256 is enough: a random token cannot
 * be guessed, unlike a password.
 */
export function hashSessionToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
