import { isDeepStrictEqual } from 'node:util';
import type { DeepPartial, EntityManager, EntityTarget, FindOptionsWhere } from 'typeorm';
import type { SeedReport } from './seed-report.js';

/** A part of the seeds. It writes only rows that are missing or outdated. */
export interface Seeder {
  seed(manager: EntityManager, report: SeedReport): Promise<void>;
}

interface Row {
  id: string;
}

/** A row that must exist. */
export interface SeedRow<E extends Row> {
  entity: EntityTarget<E>;
  /** The conditions that identify the row, one for each unique key. */
  key: FindOptionsWhere<E> | FindOptionsWhere<E>[];
  values: DeepPartial<E>;
  /** The row's name in reports. */
  name: string;
  /** Computes columns for a new row only, such as the hash of a password. */
  onCreate?: () => Promise<DeepPartial<E>>;
}

/**
 * Finds the row, or creates it.
 *
 * A row that was changed since it was seeded is left unchanged, and reported.
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

/** The properties in which a row differs from the seeds. */
export function differences(found: object, wanted: object): string[] {
  return Object.entries(wanted)
    .filter(([property, value]) => !isDeepStrictEqual(Reflect.get(found, property), value))
    .map(([property]) => property);
}
