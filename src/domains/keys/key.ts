/** The status of a key: active, suspended, revoked or expired. Only an active key grants access. */
export type KeyStatus = 'active' | 'suspended' | 'revoked' | 'expired';

/** The columns that every table of API keys has. */
export interface Key {
  id: string;
  /** The hash by which the key is found. The key itself is shown once and never stored. */
  apiKeyHash: string;
  description: string | null;
  /** The approximate time of the last use: recorded at most once in each interval, such as 15 minutes. */
  lastUsedAt: Date | null;
  status: KeyStatus;
  /** From this time the key grants no access, whatever its status; null means that it never expires. */
  expiresAt: Date | null;
  /** Only in tables that have this column. */
  revokedAt?: Date | null;
  createdAt: Date;
}

/** A newly created key. */
export interface IssuedKey<K> {
  /** The key, `prefix_secret`. It is available only here: the database stores its hash. */
  readonly key: string;
  readonly apiKey: K;
}

export interface KeyUseOptions {
  /**
   * The interval in milliseconds in which a key's use is recorded at most once. Each record is a write and an
   * entry in the audit trail. Default: 900,000 (15 minutes).
   */
  noteUseEvery?: number;
}

export interface KeyOptions {
  /**
   * In milliseconds. By default a new key does not expire, and a replacement has the lifetime of the old
   * key.
   */
  readonly lifetime?: number;
  /** The key's prefix. Default: the prefix of its kind. */
  readonly prefix?: string;
}
