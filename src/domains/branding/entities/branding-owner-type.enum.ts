/** PostgreSQL's enum type `branding_owner_type`. */
export enum BrandingOwnerType {
  /** Singr itself, whose profile is the fallback of apps. */
  Platform = 'platform',
  Customer = 'customer',
}
