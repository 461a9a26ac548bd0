/** PostgreSQL's enum type `branding_status`. */
export enum BrandingStatus {
  Active = 'active',
  /** Withdrawn for a while. */
  Suspended = 'suspended',
  /** Withdrawn for good. */
  Revoked = 'revoked',
}
