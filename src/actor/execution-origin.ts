import type { ExecutionContext } from '@nestjs/common';
import type { Actor } from './actor.js';
import type { Attribution } from './actor-context.js';
import { bounded, requestIdOf, type IdentifiedRequest } from './request-id.js';

/**
 * Finds who is behind a request, a message or a socket's event: the id of a user, or an actor such as a
 * program with an API key; undefined when it is nobody.
 */
export type ActorResolver = (
  source: any,
  context: ExecutionContext,
) => string | Actor | undefined | null | Promise<string | Actor | undefined | null>;

/** What Nest's transports hand to a handler, as far as it is read here. */
interface Source extends IdentifiedRequest {
  readonly method?: string;
  readonly url?: string;
  readonly route?: { readonly path?: string };
  readonly routeOptions?: { readonly url?: string };
  readonly user?: { readonly id?: string };
  readonly data?: { readonly user?: { readonly id?: string } };
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

/** Who handles what, for the audit trail. */
export async function attributionOf(
  context: ExecutionContext,
  resolveActor: ActorResolver,
): Promise<Attribution> {
  const source = sourceOf(context);
  const found = await resolveActor(source, context);
  return {
    actor: typeof found === 'string' ? { userId: found } : (found ?? undefined),
    requestId: requestIdOf(source),
    route: route(source, context),
  };
}

function route(source: Source, context: ExecutionContext): string {
  const path = source.routeOptions?.url ?? source.route?.path;
  if (source.method !== undefined && path !== undefined) {
    return bounded(`${source.method} ${path}`);
  }
  return `${context.getType<string>()} ${context.getClass().name}.${context.getHandler().name}`;
}
