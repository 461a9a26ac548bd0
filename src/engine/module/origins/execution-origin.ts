import type { ExecutionContext } from '@nestjs/common';
import type { Actor } from '../../actor/actor.js';
import type { Attribution } from '../../actor/actor-context.js';
import { bounded, requestIdOf, type IdentifiedRequest } from './request-id.js';
import { resolvedActor, type UserIds } from '../../actor/resolved-actor.js';

/**
 * Finds who is behind a request, a message or a socket's event: the id of a user, or an actor such as a
 * program with an API key; undefined when it is nobody.
 */
export type ActorResolver = (
  source: any,
  context: ExecutionContext,
) => ResolvedActor | Promise<ResolvedActor>;

/** A user's id, an actor, or nothing for nobody. */
type ResolvedActor = string | number | bigint | Actor | undefined | null;

/** What Nest's transports hand to a handler, as far as it is read here. */
export interface Source extends IdentifiedRequest {
  readonly method?: string;
  readonly url?: string;
  readonly route?: { readonly path?: string };
  readonly routeOptions?: { readonly url?: string };
  readonly user?: { readonly id?: string | number };
  readonly data?: { readonly user?: { readonly id?: string | number } };
}

/** How an actor is found. */
export interface ActorOptions {
  readonly actor: ActorResolver;
  readonly userIds: UserIds;
}

/** Passport's and most guards' convention: whoever authenticates sets `user` on the request. */
export const defaultActor: ActorResolver = (source: Source) =>
  source.user?.id ?? source.data?.user?.id;

/**
 * What an actor is resolved from: the HTTP request, the WebSocket client, or the microservice's
 * context (never its payload, which the sender could fill in).
 */
export function sourceOf(context: ExecutionContext): Source {
  switch (context.getType<string>()) {
    case 'http':
      return context.switchToHttp().getRequest<Source>();
    case 'ws':
      return context.switchToWs().getClient<Source>();
    case 'rpc':
      return context.switchToRpc().getContext<Source>() ?? {};
    default:
      // GraphQL's resolvers get (parent, arguments, context, info), with the request in the context.
      return context.getArgByIndex<{ req?: Source } | undefined>(2)?.req ?? {};
  }
}

/**
 * Who handles what, for the audit trail.
 *
 * @param before what the request was known as until now; its actor stays where none is found
 * @throws MalformedActorError when `resolveActor` gives something else than an actor
 */
export async function attributionOf(
  context: ExecutionContext,
  { actor: resolveActor, userIds }: ActorOptions,
  before?: Attribution,
): Promise<Attribution> {
  const source = sourceOf(context);
  return {
    actor: resolvedActor(await resolveActor(source, context), userIds) ?? before?.actor,
    requestId: before?.requestId ?? requestIdOf(source),
    route: httpRoute(source) ?? handlerRoute(context),
  };
}

/** What an HTTP request is known as before its actor is. */
export function unresolvedAttribution(source: Source): Attribution {
  return { requestId: requestIdOf(source), route: httpRoute(source) };
}

function httpRoute({ method, routeOptions, route }: Source): string | undefined {
  const path = routeOptions?.url ?? route?.path;
  return method === undefined || path === undefined ? undefined : bounded(`${method} ${path}`);
}

function handlerRoute(context: ExecutionContext): string {
  return `${context.getType<string>()} ${context.getClass().name}.${context.getHandler().name}`;
}
