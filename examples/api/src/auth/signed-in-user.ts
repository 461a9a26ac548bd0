/** The user of a request. The guard sets it as `request.user`. */
export interface SignedInUser {
  /** `users.users_id`: the actor of the request's writes, or the customer whom an administrator acts for. */
  readonly id: string;
  readonly email: string;
  readonly name: string | null;
  /** The administrator who really acts, if the session acts for a customer. */
  readonly impersonatedBy?: {
    readonly id: string;
    readonly email: string;
    readonly name: string | null;
  };
  /** Why the session acts for a customer, and until when. */
  readonly impersonation?: { readonly reason: string; readonly endsAt: Date };
  /** The session that the bearer token belongs to. */
  readonly sessionId: string;
  /** The slugs of the permissions of the user's roles. */
  readonly permissions: ReadonlySet<string>;
  /** The customer profile that the user owns, if any. */
  readonly customerProfileId: string | undefined;
  /** The user's singer profile, if any. */
  readonly singerProfileId: string | undefined;
}
