import { checkActor, type Actor } from './actor.js';
import { MalformedActorError } from './errors.js';

const remedy =
  ' Let DatabaseModule.forRoot({ actor: (request) => … }) return one of these, the UUID by itself, or nothing ' +
  'for nobody. Users whose ids are not UUIDs are named: { name: `user ${request.user.id}` }.';

/**
 * Checks the value that the option `actor` returned for a request; undefined when the request has no actor.
 *
 * @throws MalformedActorError when it is not an actor. The message describes the kind of value, and leaves out
 * the value, which may be personal or secret.
 */
export function resolvedActor(found: unknown): Actor | undefined {
  if (found === undefined || found === null) return undefined;
  try {
    return checkActor(candidate(found));
  } catch {
    throw new MalformedActorError(
      `The option actor (by default request.user.id) gave ${kindOf(found)}.`,
      remedy,
    );
  }
}

function candidate(found: unknown): Actor {
  if (typeof found === 'string') return { userId: found };
  if (typeof found !== 'object' || found === null || isNamedRecord(found)) throw new TypeError();
  return found as Actor;
}

/** Whether the object is a record with a name, such as a user entity. Its name must not pass for a job's. */
function isNamedRecord(found: object): boolean {
  return 'name' in found && !('userId' in found) && Object.keys(found).length > 1;
}

function kindOf(found: unknown): string {
  if (found === '') return 'an empty text';
  if (typeof found === 'string') return 'a text that is not a UUID';
  if (typeof found !== 'object' || found === null) return `a ${typeof found}`;
  if (Array.isArray(found)) return 'an array';
  if (isNamedRecord(found)) return 'an object with a name and other properties';
  if ('userId' in found && 'name' in found) return 'an object with both userId and name';
  if ('userId' in found) return 'an object whose userId is not a UUID';
  if ('name' in found) return 'an object whose name is not of 1 to 200 characters';
  return 'an object with neither userId nor name';
}
