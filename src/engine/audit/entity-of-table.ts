import type { EntityMetadata } from 'typeorm';
import type { DatabaseDataSource } from '../transaction/database.data-source.js';

/** The entity of a table, by the table's name in the trail; undefined if the table has none. */
export function entityOfTable(
  database: DatabaseDataSource,
  name: string,
): EntityMetadata | undefined {
  return database.entityMetadatas.find((metadata) => nameOfEntity(metadata) === name);
}

/** The name of an entity's table in the trail. */
export function nameOfEntity({ schema, tableName }: EntityMetadata): string {
  return schema === undefined || schema === 'public' ? tableName : `${schema}.${tableName}`;
}
