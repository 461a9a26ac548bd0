/** Who makes a request: what the guard found, and `request.user` in every handler behind it. */
export interface SignedInUser {
  /** `users.users_id`: the actor of whatever the request writes. */
  readonly id: string;
  readonly email: string;
  readonly name: string | null;
  /** The session that the bearer token belongs to. */
  readonly sessionId: string;
  /** The slugs of everything that the user's roles permit. */
  readonly permissions: ReadonlySet<string>;
  /** The customer profile that the user owns, if any. */
  readonly customerProfileId: string | undefined;
  /** The user's singer profile, if any. */
  readonly singerProfileId: string | undefined;
}
