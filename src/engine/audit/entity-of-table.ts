import type { EntityMetadata } from 'typeorm';
import type { DatabaseDataSourceOptions } from '../connection/data-source-options.js';
import type { DatabaseDataSource } from '../transaction/database.data-source.js';

/** The entity of a table, by the table's name in the trail; undefined if the table has none. */
export function entityOfTable(
  database: DatabaseDataSource,
  name: string,
): EntityMetadata | undefined {
  return database.entityMetadatas.find((metadata) => nameOfEntity(metadata) === name);
}

/** The name of an entity's table in the trail. */
export function nameOfEntity({ schema, tableName, dataSource }: EntityMetadata): string {
  const { schema: home = 'public' } = dataSource.options as DatabaseDataSourceOptions;
  return schema === undefined || schema === home ? tableName : `${schema}.${tableName}`;
}
