/** PostgreSQL's enum type `branding_status`. */
export enum BrandingStatus {
  Active = 'active',
  /** Withdrawn until reactivated. */
  Suspended = 'suspended',
  /** Withdrawn permanently. */
  Revoked = 'revoked',
}
