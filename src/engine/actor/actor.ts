import { MalformedActorError } from './errors.js';

/** A user, by `users.users_id`. */
export interface UserActor {
  readonly userId: string;
}

/** A job, a command, a migration, or anything else that writes and is not a user. */
export interface NamedActor {
  readonly name: string;
}

/** Who makes a change. */
export type Actor = UserActor | NamedActor;

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const longestName = 200;

/**
 * Checks an actor and returns a frozen copy. Code that keeps and changes the original object cannot attribute
 * the writes of one user to another.
 *
 * @throws MalformedActorError unless it has either a UUID as `userId` or a valid `name`
 */
export function checkActor(actor: Actor): Actor {
  const { userId, name } = (actor ?? {}) as Partial<UserActor & NamedActor>;
  if ((userId === undefined) === (name === undefined)) {
    throw new MalformedActorError('An actor has either a userId or a name.');
  }
  if (userId !== undefined && (typeof userId !== 'string' || !uuid.test(userId))) {
    throw new MalformedActorError('The actor’s userId is not a UUID.');
  }
  if (name !== undefined && !isName(name)) {
    throw new MalformedActorError('The actor’s name is empty, too long, or has a NUL character.');
  }
  return Object.freeze(userId !== undefined ? { userId } : { name: name! });
}

function isName(name: unknown): boolean {
  return (
    typeof name === 'string' &&
    name.trim() !== '' &&
    name.length <= longestName &&
    !name.includes('\0')
  );
}
