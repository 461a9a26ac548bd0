/** PostgreSQL's enum type `organization_user_status`. */
export enum OrganizationUserStatus {
  /** Invited, and has not accepted yet. */
  Invited = 'invited',
  Active = 'active',
  /** Out for a while; the membership is kept. */
  Suspended = 'suspended',
  /** Out for good. */
  Revoked = 'revoked',
}
