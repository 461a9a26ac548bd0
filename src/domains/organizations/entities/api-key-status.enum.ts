/** PostgreSQL's enum type `api_key_status`. Only an active key opens anything. */
export enum ApiKeyStatus {
  Active = 'active',
  /** Withdrawn for good. */
  Revoked = 'revoked',
  /** Its time ran out. */
  Expired = 'expired',
  /** Withdrawn for a while. */
  Suspended = 'suspended',
}
