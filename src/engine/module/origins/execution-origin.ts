import type { ExecutionContext } from '@nestjs/common';
import type { Actor } from '../../actor/actor.js';
import type { Attribution } from '../../actor/actor-context.js';
import { currentOccasion, runInContext } from '../../actor/actor-context.js';
import { checkTenants, type ResolvedTenants, type Tenants } from '../../actor/tenants.js';
import {
  bounded,
  requestIdOf,
  type IdentifiedRequest,
  type RequestIdSource,
} from './request-id.js';
import { annotated } from '../../actor/annotation.js';
import { recordedOrigin, type OriginField } from './recorded-origin.js';
import { resolvedActor, type UserIds } from '../../actor/resolved-actor.js';

/**
 * Returns the actor of a request, a message or a socket event: the id of a user, or an actor such as a
 * program with an API key. Undefined for no actor.
 */
export type ActorResolver = (
  source: any,
  context: ExecutionContext,
) => ResolvedActor | Promise<ResolvedActor>;

/** Returns the tenants of a request, a message or a socket event; undefined or null for no rows at all. */
export type TenantResolver = (
  source: any,
  context: ExecutionContext,
) => ResolvedTenants | Promise<ResolvedTenants>;

/** The id of a user, an actor, or undefined or null for no actor. */
export type ResolvedActor = string | number | bigint | Actor | undefined | null;

/** The properties read here of the objects that Nest's transports pass to a handler. */
export interface Source extends IdentifiedRequest {
  readonly method?: string;
  readonly url?: string;
  readonly route?: { readonly path?: string };
  readonly routeOptions?: { readonly url?: string };
  readonly user?: RequestUser;
  readonly data?: { readonly user?: RequestUser };
}

/** The user of a request, as guards set it. */
interface RequestUser {
  /** The user whose account is used. */
  readonly id?: string | number;
  /** The user who really acts, if it is another one: its id, or an object with the id. */
  readonly impersonatedBy?: unknown;
}

/** The options that determine the actor and the tenants of a request. */
export interface RequestResolvers {
  readonly actor: ActorResolver;
  readonly userIds: UserIds;
  /** Undefined when requests have no tenants. */
  readonly tenants: TenantResolver | undefined;
  /** What to keep about the client. */
  readonly origin: readonly OriginField[];
  /** Where requests have their id from; undefined for their `X-Request-Id`. */
  readonly idSource: RequestIdSource | undefined;
}

/**
 * Reads `user` of the request, which Passport and most guards set.
 *
 * In an impersonated session `user.id` is the customer, whose account is used, and `user.impersonatedBy` is the
 * member of staff who really acts. So the actor is `impersonatedBy`, on behalf of `id`.
 */
export const defaultActor: ActorResolver = (source: Source) => {
  const isThere = (source.user?.id ?? source.user?.impersonatedBy ?? null) !== null;
  const { id, impersonatedBy } = (isThere ? source.user : source.data?.user) ?? {};
  if (impersonatedBy === undefined || impersonatedBy === null) return id;
  const staff =
    typeof impersonatedBy === 'object' ? (impersonatedBy as RequestUser).id : impersonatedBy;
  // Without either id it is no valid actor, and is refused.
  return { userId: staff, onBehalfOf: { userId: id } } as Actor;
};

/**
 * The object that the actor is resolved from: the HTTP request, the WebSocket client, or the context of a
 * microservice (not its payload, which the sender controls).
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
      // GraphQL resolvers get (parent, arguments, context, info); the context has the request.
      return context.getArgByIndex<{ req?: Source } | undefined>(2)?.req ?? {};
  }
}

/**
 * The attribution of a request, message or event for the audit trail.
 *
 * @param before the attribution before the handler; its actor stays when `resolveActor` finds none
 * @throws MalformedActorError when `resolveActor` returns something else than an actor
 * @throws MalformedTenantsError when the tenants that were resolved are not valid
 */
export async function attributionOf(
  context: ExecutionContext,
  { actor: resolveActor, userIds, tenants, origin, idSource }: RequestResolvers,
  before?: Attribution,
): Promise<Attribution> {
  const source = sourceOf(context);
  const attribution = {
    actor: resolvedActor(await resolveActor(source, context), userIds) ?? before?.actor,
    requestId: before?.requestId ?? requestIdOf(source, idSource),
    route: httpRoute(source) ?? handlerRoute(context),
    ...annotated(
      { reason: before?.reason, context: before?.context },
      recordedOrigin(source, origin),
    ),
  };
  if (tenants === undefined) return attribution;
  return { ...attribution, tenants: await tenantsOf(context, tenants, attribution) };
}

/** Calls the option `tenancy.resolve`, which may have to look for the tenants in the database. */
async function tenantsOf(
  context: ExecutionContext,
  resolve: TenantResolver,
  attribution: Attribution,
): Promise<Tenants | undefined> {
  const everywhere: Attribution = { ...attribution, tenants: 'all' };
  const found = await runInContext(
    { attribution: everywhere, afterwards: undefined, occasion: currentOccasion() },
    async () => resolve(sourceOf(context), context),
  );
  return found === undefined || found === null ? undefined : checkTenants(found);
}

/** The attribution of an HTTP request before its actor is resolved. */
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
