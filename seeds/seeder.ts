import { isDeepStrictEqual } from 'node:util';
import type { DeepPartial, EntityManager, EntityTarget, FindOptionsWhere } from 'typeorm';
import type { SeedReport } from './seed-report.js';

/** One part of the seeds. Whatever it finds as it should be, it does not write again. */
export interface Seeder {
  seed(manager: EntityManager, report: SeedReport): Promise<void>;
}

interface Row {
  id: string;
}

/** A row to be there once. */
export interface SeedRow<E extends Row> {
  entity: EntityTarget<E>;
  /** Finds the row by what makes it itself, under each key by which a second one would be refused. */
  key: FindOptionsWhere<E> | FindOptionsWhere<E>[];
  values: DeepPartial<E>;
  /** How to name the row to a person. */
  name: string;
  /** Columns worked out only for a new row, such as a password's hash. */
  onCreate?: () => Promise<DeepPartial<E>>;
}

/**
 * The row, made when it is missing.
 *
 * One that somebody changed since stays as it is, and the report says so.
 */
export async function findOrCreate<E extends Row>(
  manager: EntityManager,
  report: SeedReport,
  { entity, key, values, name, onCreate }: SeedRow<E>,
): Promise<E> {
  const table = manager.dataSource.getMetadata(entity).tableName;
  const found = await manager.findOne(entity, { where: key });
  if (found !== null) {
    report.count(table, 'leftAlone');
    const changed = differences(found, values);
    if (changed.length > 0) report.kept.push(`${table} ${name} (${changed.join(', ')})`);
    return found;
  }
  const created = manager.create(entity, { ...values, ...(await onCreate?.()) });
  await manager.save(created);
  report.count(table, 'created');
  return created;
}

/** The properties in which a row is not what the seeds want. */
export function differences(found: object, wanted: object): string[] {
  return Object.entries(wanted)
    .filter(([property, value]) => !isDeepStrictEqual(Reflect.get(found, property), value))
    .map(([property]) => property);
}
