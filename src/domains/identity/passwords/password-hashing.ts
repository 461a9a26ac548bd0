import argon2 from 'argon2';
import { normalPassword } from './normal-password.js';

/** What `users.password_algo` says of a hash that `hashPassword` made. */
export const passwordAlgo = 'argon2id';

/**
 * The least that OWASP asks of Argon2id (Password Storage Cheat Sheet, "Argon2id"): 19 MiB of memory,
 * two passes, one thread.
 */
const parameters = {
  memoryCost: 19_456, // KiB
  timeCost: 2,
  parallelism: 1,
} as const;

/** The encoded hash of a password, with its salt and parameters: what `users.password_hash` holds. */
export function hashPassword(password: string): Promise<string> {
  return argon2.hash(normalPassword(password), { ...parameters, type: argon2.argon2id });
}

/** Whether the password is the one that was hashed. A hash that cannot be read matches none. */
export async function verifyPassword(hash: string, password: string): Promise<boolean> {
  try {
    return await argon2.verify(hash, normalPassword(password));
  } catch {
    return false;
  }
}

/**
 * Whether a hash was made with other parameters than those of today, so that the password should be
 * hashed again when it is next known: at a sign-in.
 */
export function needsRehash(hash: string): boolean {
  return !hash.startsWith('$argon2id$') || argon2.needsRehash(hash, parameters);
}

/**
 * A hash that no password is known for, with the parameters of today. Comparing with it takes as long as
 * with a user's, so that the time of an answer does not tell which users there are.
 */
export const hashOfNobody =
  `$argon2id$v=19$m=${parameters.memoryCost},t=${parameters.timeCost},p=${parameters.parallelism}` +
  `$${'A'.repeat(22)}$${'A'.repeat(43)}`;
