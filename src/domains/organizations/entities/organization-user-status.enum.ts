/** PostgreSQL's enum type `organization_user_status`. */
export enum OrganizationUserStatus {
  /** Invited, but has not accepted yet. */
  Invited = 'invited',
  Active = 'active',
  /** Without access until reactivated; the membership is kept. */
  Suspended = 'suspended',
  /** Without access permanently. */
  Revoked = 'revoked',
}
