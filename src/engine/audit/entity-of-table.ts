import type { EntityMetadata } from 'typeorm';
import type { DatabaseDataSource } from '../connection/database.data-source.js';

/** The entity of a table that the trail calls so, when it has one. */
export function entityOfTable(
  database: DatabaseDataSource,
  name: string,
): EntityMetadata | undefined {
  return database.entityMetadatas.find((metadata) => nameOfEntity(metadata) === name);
}

/** What the trail calls the table of an entity. */
export function nameOfEntity({ schema, tableName }: EntityMetadata): string {
  return schema === undefined || schema === 'public' ? tableName : `${schema}.${tableName}`;
}
