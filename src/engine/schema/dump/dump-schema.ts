import type { EntityManager } from 'typeorm';
import type { DatabaseDataSource } from '../../connection/database.data-source.js';
import { describeExtensions, describeSchemas } from './describe-database.js';
import { describeFunctions } from './describe-functions.js';
import { describeSequences } from './describe-sequences.js';
import { describeTables } from './describe-tables.js';
import { describeTypes } from './describe-types.js';
import { describeViews } from './describe-views.js';
import type { SchemaObject } from './schema-object.js';

/**
 * Everything of ours in the schemas `public` and `audit`, read from the catalogs.
 *
 * It comes out the same on every version of PostgreSQL from 15 on, whoever owns the objects, and
 * wherever the extensions live. What extensions made, TypeORM's own tables, and partitions that come and
 * go with time are left out.
 */
export async function dumpSchema(database: DatabaseDataSource): Promise<SchemaObject[]> {
  return database.transaction(async (manager) => {
    await nameWithoutSchema(manager);
    return [
      ...(await describeExtensions(manager)),
      ...(await describeSchemas(manager)),
      ...(await describeTypes(manager)),
      ...(await describeSequences(manager)),
      ...(await describeTables(manager)),
      ...(await describeViews(manager)),
      ...(await describeFunctions(manager)),
    ];
  });
}

/** PostgreSQL leaves out the schema of what is on the search path: that differs between servers. */
async function nameWithoutSchema(manager: EntityManager): Promise<void> {
  await manager.query(`
    SELECT set_config(
      'search_path',
      'public, ' || coalesce(string_agg(DISTINCT quote_ident(nspname), ', '), 'public'),
      true)
    FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace
    WHERE nspname NOT IN ('public', 'audit', 'pg_catalog')
  `);
}
