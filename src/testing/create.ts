import type {
  DataSource,
  DeepPartial,
  EntityManager,
  EntityMetadata,
  ObjectLiteral,
} from 'typeorm';
import { billingFactories } from './factories/billing.js';
import { brandingFactories } from './factories/branding.js';
import type { EntityClass, Factory } from './factories/factory.js';
import { auditFactories } from './factories/audit.js';
import { identityFactories } from './factories/identity.js';
import { organizationsFactories } from './factories/organizations.js';
import { requestsFactories } from './factories/requests.js';
import { songsFactories } from './factories/songs.js';
import { venuesFactories } from './factories/venues.js';
import { NoFactoryError } from './errors.js';

const factories = new Map<EntityClass, Factory>([
  ...identityFactories,
  ...billingFactories,
  ...organizationsFactories,
  ...venuesFactories,
  ...songsFactories,
  ...requestsFactories,
  ...brandingFactories,
  ...auditFactories,
]);

/**
 * Inserts a valid row of one of the package's entities, with unique values, and the rows that it must refer
 * to. Returns the entity.
 *
 * @param fields values that are used as they are; a parent is an entity, or its id in the property of the key
 * @throws NoFactoryError for an entity that is not the package's
 */
export async function create<E extends ObjectLiteral>(
  database: DataSource | EntityManager,
  entity: new () => E,
  fields: Partial<E> = {},
): Promise<E> {
  const manager = 'manager' in database ? database.manager : database;
  const factory = factories.get(entity);
  if (factory === undefined) throw new NoFactoryError(entity.name);
  const given = withKeysOfParents(manager.dataSource.getMetadata(entity), fields);
  for (const [property, parent] of Object.entries(factory.parents)) {
    given[property] ??= (await create(manager, parent as EntityClass)).id as string;
  }
  if (factory.insert !== undefined) return (await factory.insert(manager, given)) as E;
  const values = await factory.values(given, (other) => create(manager, other));
  return manager.save(manager.create(entity, { ...values, ...given } as DeepPartial<E>));
}

/** Adds the key of each parent that is given as an entity. */
function withKeysOfParents(
  { relations }: EntityMetadata,
  fields: ObjectLiteral,
): Record<string, unknown> {
  const given = { ...fields };
  for (const { propertyName, joinColumns } of relations) {
    const parent = given[propertyName] as ObjectLiteral | null | undefined;
    if (parent == null) continue;
    for (const column of joinColumns) {
      given[column.propertyName] ??= column.referencedColumn!.getEntityValue(parent);
    }
  }
  return given;
}
