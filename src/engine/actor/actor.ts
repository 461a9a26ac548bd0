import { isUuid } from '../common/uuid.js';
import { MalformedActorError } from './errors.js';

/**
 * The user on whose behalf an actor acts: the customer whom support staff help, the owner of a program's key.
 * RFC 8693 calls this user the subject.
 */
export interface Subject {
  /** A UUID, or any other text of up to 200 characters, such as a number as text. */
  readonly userId: string;
}

/** A user, by the id that the user has in the application. */
export interface UserActor {
  /** The user who really acts: a UUID, or any other text of up to 200 characters. */
  readonly userId: string;
  /** The user whom the actor acts for. Default: the actor acts for itself. */
  readonly onBehalfOf?: Subject;
}

/** A job, a command, a migration, or anything else that writes and is not a user. */
export interface NamedActor {
  readonly name: string;
  /** The user whom the actor acts for. Default: the actor acts for itself. */
  readonly onBehalfOf?: Subject;
}

/** Who makes a change. */
export type Actor = UserActor | NamedActor;

const longest = 200;

/**
 * Checks an actor and returns a frozen copy. Code that keeps and changes the original object cannot attribute
 * the writes of one user to another.
 *
 * @throws MalformedActorError unless it has either a valid `userId` or a valid `name`, and a valid
 * `onBehalfOf` or none
 */
export function checkActor(actor: Actor): Actor {
  const { userId, name, onBehalfOf } = (actor ?? {}) as Partial<UserActor & NamedActor>;
  if ((userId === undefined) === (name === undefined)) {
    throw new MalformedActorError('An actor has either a userId or a name.');
  }
  const field = userId === undefined ? 'name' : 'userId';
  if (!isText(userId ?? name)) {
    throw new MalformedActorError(
      `The actor’s ${field} is no text, empty, too long, or has a NUL character.`,
    );
  }
  const subject = onBehalfOf == null ? {} : { onBehalfOf: checkSubject(onBehalfOf) };
  return Object.freeze(userId !== undefined ? { userId, ...subject } : { name: name!, ...subject });
}

/**
 * Checks the user on whose behalf an actor acts, and returns a frozen copy.
 *
 * @throws MalformedActorError unless it has a valid `userId` and nothing else
 */
export function checkSubject(subject: Subject): Subject {
  const { userId, ...rest } = Object(subject) as Subject;
  if (isText(userId) && Object.keys(rest).length === 0) {
    // The trail keeps this id as a text, in which PostgreSQL does not see that two spellings are the same UUID.
    return Object.freeze({ userId: isUuid(userId) ? userId.toLowerCase() : userId });
  }
  throw new MalformedActorError('The actor’s onBehalfOf is not { userId } with the id of a user.');
}

function isText(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    value.trim() !== '' &&
    value.length <= longest &&
    !value.includes('\0')
  );
}
