import argon2 from 'argon2';
import { normalPassword } from './normal-password.js';

/** The value of `users.password_algo` for hashes made by `hashPassword`. */
export const passwordAlgo = 'argon2id';

/**
 * OWASP's minimum for Argon2id (Password Storage Cheat Sheet, "Argon2id"): 19 MiB of memory, two
 * iterations, one thread.
 */
const parameters = {
  memoryCost: 19_456, // KiB
  timeCost: 2,
  parallelism: 1,
} as const;

/**
 * Hashes a password. The encoded hash contains the salt and the parameters, and is stored in
 * `users.password_hash`.
 */
export function hashPassword(password: string): Promise<string> {
  return argon2.hash(normalPassword(password), { ...parameters, type: argon2.argon2id });
}

/** Whether the password matches the hash. A malformed hash matches no password. */
export async function verifyPassword(hash: string, password: string): Promise<boolean> {
  try {
    return await argon2.verify(hash, normalPassword(password));
  } catch {
    return false;
  }
}

/**
 * Whether a hash was made with outdated parameters. The password should then be hashed again at the next
 * sign-in.
 */
export function needsRehash(hash: string): boolean {
  return !hash.startsWith('$argon2id$') || argon2.needsRehash(hash, parameters);
}

/**
 * A hash with the current parameters that matches no known password. Comparing with it takes as long as
 * with a user's hash, so the response time does not reveal whether a user exists.
 */
export const hashOfNobody =
  `$argon2id$v=19$m=${parameters.memoryCost},t=${parameters.timeCost},p=${parameters.parallelism}` +
  `$${'A'.repeat(22)}$${'A'.repeat(43)}`;
