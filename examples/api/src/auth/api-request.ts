import { type Actor, type ApiKey, apiKeyActor } from '@singr/database';
import type { SignedInUser } from './signed-in-user.js';

/** The part of a request that the guards set: `user` for a person, `apiKey` for a program. */
export interface ApiRequest {
  readonly headers: {
    readonly authorization?: string;
    readonly cookie?: string;
    readonly 'x-api-key'?: string;
  };
  user?: SignedInUser;
  apiKey?: ApiKey;
}

/** The bearer token of a request; undefined if it has none. */
export function bearerTokenOf({ headers }: ApiRequest): string | undefined {
  return /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
}

/** The actor of a request, for `DatabaseModule.forRoot({ actor })`. */
export function actorOf({ user, apiKey }: ApiRequest): string | Actor | undefined {
  if (user?.impersonatedBy !== undefined) {
    return { userId: user.impersonatedBy.id, onBehalfOf: { userId: user.id } };
  }
  return user?.id ?? (apiKey && apiKeyActor(apiKey));
}

/** Whose request it is, for `overload.key`: a customer's programs share their part of the pool. */
export function callerOf({ user, apiKey }: ApiRequest): string | undefined {
  return apiKey?.customerProfileId ?? user?.id;
}
