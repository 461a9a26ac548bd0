/** PostgreSQL's enum type `branding_owner_type`. */
export enum BrandingOwnerType {
  /** Singr itself: what an app falls back to. */
  Platform = 'platform',
  Customer = 'customer',
}
