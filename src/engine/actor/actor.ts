import { MalformedActorError } from './errors.js';

/** A user, by the id that the user has in the application. */
export interface UserActor {
  /** A UUID, or any other text of up to 200 characters, such as a number as text. */
  readonly userId: string;
}

/** A job, a command, a migration, or anything else that writes and is not a user. */
export interface NamedActor {
  readonly name: string;
}

/** Who makes a change. */
export type Actor = UserActor | NamedActor;

const longest = 200;

/**
 * Checks an actor and returns a frozen copy. Code that keeps and changes the original object cannot attribute
 * the writes of one user to another.
 *
 * @throws MalformedActorError unless it has either a valid `userId` or a valid `name`
 */
export function checkActor(actor: Actor): Actor {
  const { userId, name } = (actor ?? {}) as Partial<UserActor & NamedActor>;
  if ((userId === undefined) === (name === undefined)) {
    throw new MalformedActorError('An actor has either a userId or a name.');
  }
  for (const [field, value] of Object.entries({ userId, name })) {
    if (value !== undefined && !isText(value)) {
      throw new MalformedActorError(
        `The actor’s ${field} is no text, empty, too long, or has a NUL character.`,
      );
    }
  }
  return Object.freeze(userId !== undefined ? { userId } : { name: name! });
}

function isText(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    value.trim() !== '' &&
    value.length <= longest &&
    !value.includes('\0')
  );
}
