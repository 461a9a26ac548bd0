/** What a key can be: active, withdrawn for a while or for good, or out of time. Only an active key opens anything. */
export type KeyStatus = 'active' | 'suspended' | 'revoked' | 'expired';

/** A row of any table of keys with which programs call the API. */
export interface Key {
  id: string;
  /** The hash by which the key is found; the key itself is shown once and never stored. */
  apiKeyHash: string;
  description: string | null;
  /** About when the key was last used: not every call is written down. */
  lastUsedAt: Date | null;
  status: KeyStatus;
  /** From when on the key opens nothing, whatever its status says; null means never. */
  expiresAt: Date | null;
  /** Where the table keeps it. */
  revokedAt?: Date | null;
  createdAt: Date;
}

/** A key that was just made. */
export interface IssuedKey<K> {
  /** The key, `prefix_secret`. It is shown this once: only its hash is stored. */
  readonly key: string;
  readonly apiKey: K;
}

export interface KeyOptions {
  /**
   * In milliseconds. Left out, a key that is issued does not expire, and one that replaces another lasts
   * as long as that was to.
   */
  readonly lifetime?: number;
  /** What the key begins with, if not with what keys of its kind do. */
  readonly prefix?: string;
}
