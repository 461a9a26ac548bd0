/** PostgreSQL's enum type `api_key_status`. Only an active key grants access. */
export enum ApiKeyStatus {
  Active = 'active',
  /** Withdrawn permanently. */
  Revoked = 'revoked',
  /** Past its expiry. */
  Expired = 'expired',
  /** Withdrawn until reactivated. */
  Suspended = 'suspended',
}
