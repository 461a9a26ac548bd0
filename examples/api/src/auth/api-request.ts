import { type Actor, type ApiKey, apiKeyActor } from '@singr/database';
import type { SignedInUser } from './signed-in-user.js';

/** The little of a request that signing in is about: a person has a user, a program a key. */
export interface ApiRequest {
  readonly headers: { readonly authorization?: string; readonly 'x-api-key'?: string };
  user?: SignedInUser;
  apiKey?: ApiKey;
}

/** Who is behind a request: for `DatabaseModule.forRoot({ actor })`. */
export function actorOf({ user, apiKey }: ApiRequest): string | Actor | undefined {
  return user?.id ?? (apiKey && apiKeyActor(apiKey));
}
