import type { Actor } from '../../actor/actor.js';

/** The columns of an entry that tell who made the change. */
export interface RecordedActor {
  readonly userId: string | null;
  readonly actorName: string | null;
  readonly onBehalfOf: string | null;
}

/** SQL of these columns. */
export const actorColumns = `coalesce(user_id::text, user_key) AS "userId", actor_name AS "actorName",
    on_behalf_of AS "onBehalfOf"`;

/** The actor of an entry; null if none was known. */
export function recordedActor({ userId, actorName, onBehalfOf }: RecordedActor): Actor | null {
  const subject = onBehalfOf === null ? {} : { onBehalfOf: { userId: onBehalfOf } };
  if (userId !== null) return { userId, ...subject };
  return actorName === null ? null : { name: actorName, ...subject };
}
