import { Injectable } from '@nestjs/common';
import { type AuditEntry, UserRepository } from '@singr/database';
import { In } from 'typeorm';

/** The names of an actor. */
export interface NamedPerson {
  readonly userId: string | null;
  readonly email: string | null;
  readonly userName: string | null;
  readonly name: string | null;
  /** The user on whose behalf the actor acted. */
  readonly onBehalfOf: Omit<NamedPerson, 'name' | 'onBehalfOf'> | null;
}

type Acted = Pick<AuditEntry, 'actor'>;

/** Finds the names of the actors in the trail. */
@Injectable()
export class ActorNames {
  constructor(private readonly users: UserRepository) {}

  /** Returns a function that names the actor of each of these entries. It makes one query for all of them. */
  async of(entries: readonly Acted[]): Promise<(entry: Acted) => NamedPerson> {
    const ids = new Set(
      entries.flatMap(({ actor }) => [
        ...(actor && 'userId' in actor ? [actor.userId] : []),
        ...(actor?.onBehalfOf ? [actor.onBehalfOf.userId] : []),
      ]),
    );
    const users = await this.users.find({
      select: { id: true, email: true, name: true },
      where: { id: In([...ids]) },
    });
    const known = new Map(users.map((user) => [user.id, user]));
    const person = (userId: string | null) => {
      const user = userId === null ? undefined : known.get(userId);
      return { userId, email: user?.email ?? null, userName: user?.name ?? null };
    };
    return ({ actor }) => ({
      ...person(actor && 'userId' in actor ? actor.userId : null),
      name: actor && 'name' in actor ? actor.name : null,
      onBehalfOf: actor?.onBehalfOf ? person(actor.onBehalfOf.userId) : null,
    });
  }
}
