import { In } from 'typeorm';
import type { AuditEntry } from '../../engine/audit/history/audit-entry.js';
import type { DatabaseDataSource } from '../../engine/transaction/database.data-source.js';

/** The e-mail addresses of users, by their ids. */
export type UserNames = ReadonlyMap<string, string>;

/**
 * Finds the e-mail addresses of the actors of some entries, and of the users whom they acted for, where the application has an entity `User` with a
 * property `email`. Users that are gone, or that the role may not read, have none.
 */
export async function userNames(
  database: DatabaseDataSource,
  entries: readonly Pick<AuditEntry, 'actor'>[],
): Promise<UserNames> {
  const ids = new Set(
    entries.flatMap(({ actor }) => [
      ...(actor !== null && 'userId' in actor ? [actor.userId] : []),
      ...(actor?.onBehalfOf === undefined ? [] : [actor.onBehalfOf.userId]),
    ]),
  );
  const users = database.entityMetadatas.find(({ name }) => name === 'User');
  const [key, ...otherKeys] = users?.primaryColumns ?? [];
  const email = users?.findColumnWithPropertyName('email');
  if (ids.size === 0 || !users || !key || otherKeys.length > 0 || !email) return new Map();
  try {
    const found = await database.getRepository(users.target).find({
      where: { [key.propertyName]: In([...ids]) },
      select: { [key.propertyName]: true, email: true },
      withDeleted: true,
    });
    return new Map(
      found.map((user) => [String(key.getEntityValue(user)), email.getEntityValue(user) as string]),
    );
  } catch {
    return new Map();
  }
}
