import { isUuid } from '../common/uuid.js';
import { checkActor, type Actor } from './actor.js';
import { MalformedActorError } from './errors.js';

/** The kind of ids that users have: UUIDs only, or any texts and whole numbers. */
export type UserIds = 'uuid' | 'any';

const remedies: Readonly<Record<UserIds, string>> = {
  uuid:
    ' DatabaseModule.forRoot({ actor: (request) => … }) must return one of these, a UUID, or undefined for no actor. ' +
    "If users' ids are not UUIDs, set { userIds: 'any' }.",
  any: ' The option actor: (request) => … must return one of these, an id (also a number), or undefined for no actor.',
};

/**
 * Checks the value that the option `actor` returned for a request; undefined when the request has no actor.
 *
 * @throws MalformedActorError when it is not an actor. The message describes the kind of value, and leaves out
 * the value, which may be personal or secret.
 */
export function resolvedActor(found: unknown, userIds: UserIds): Actor | undefined {
  if (found === undefined || found === null) return undefined;
  try {
    const actor = checkActor(candidate(found, userIds));
    const ids = [...('userId' in actor ? [actor.userId] : []), ...subjectOf(actor)];
    if (userIds === 'uuid' && !ids.every(isUuid)) throw new TypeError();
    return actor;
  } catch {
    throw new MalformedActorError(
      `The option actor (by default request.user.id, and request.user.impersonatedBy) gave ${kindOf(found, userIds)}.`,
      remedies[userIds],
    );
  }
}

function candidate(found: unknown, userIds: UserIds): Actor {
  if (typeof found === 'string') return { userId: found };
  if (userIds === 'any' && isInteger(found)) return { userId: String(found) };
  if (typeof found !== 'object' || found === null || isNamedRecord(found)) throw new TypeError();
  const { userId, onBehalfOf } = found as { userId?: unknown; onBehalfOf?: unknown };
  return {
    ...found,
    ...(userIds === 'any' && isInteger(userId) ? { userId: String(userId) } : {}),
    ...(onBehalfOf == null ? {} : { onBehalfOf: subjectCandidate(onBehalfOf, userIds) }),
  } as Actor;
}

/** The user on whose behalf the actor acts, whose id may be a number as well. */
function subjectCandidate(found: unknown, userIds: UserIds): unknown {
  const { userId } = Object(found) as { userId?: unknown };
  return userIds === 'any' && isInteger(userId)
    ? { ...(found as object), userId: String(userId) }
    : found;
}

const subjectOf = ({ onBehalfOf }: Actor) => (onBehalfOf === undefined ? [] : [onBehalfOf.userId]);

/** Whether the object would be an actor without its `onBehalfOf`. */
function hasBadSubject(found: object, userIds: UserIds): boolean {
  const { onBehalfOf, ...actor } = found as { onBehalfOf?: unknown };
  return onBehalfOf != null && isActor(actor, userIds);
}

function isActor(found: object, userIds: UserIds): boolean {
  try {
    return resolvedActor(found, userIds) !== undefined;
  } catch {
    return false;
  }
}

function isInteger(value: unknown): value is number | bigint {
  return typeof value === 'bigint' || Number.isSafeInteger(value);
}

/** Whether the object is a record with a name, such as a user entity. Its name must not pass for a job's. */
function isNamedRecord(found: object): boolean {
  const { onBehalfOf: _, ...rest } = found as { onBehalfOf?: unknown };
  return 'name' in found && !('userId' in found) && Object.keys(rest).length > 1;
}

function kindOf(found: unknown, userIds: UserIds): string {
  const noId =
    userIds === 'uuid' ? 'is not a UUID' : 'is no number, and no text of 1 to 200 characters';
  if (found === '') return 'an empty text';
  if (typeof found === 'string') return `a text that ${noId}`;
  if (typeof found !== 'object' || found === null) return `a ${typeof found}`;
  if (Array.isArray(found)) return 'an array';
  if (isNamedRecord(found)) return 'an object with a name and other properties';
  if (hasBadSubject(found, userIds))
    return 'an object whose onBehalfOf is not { userId } with such an id';
  if ('userId' in found && 'name' in found) return 'an object with both userId and name';
  if ('userId' in found) return `an object whose userId ${noId}`;
  if ('name' in found) return 'an object whose name is not of 1 to 200 characters';
  return 'an object with neither userId nor name';
}
