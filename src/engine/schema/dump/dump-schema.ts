import type { EntityManager } from 'typeorm';
import type { DatabaseDataSource } from '../../transaction/database.data-source.js';
import { describeExtensions, describeSchemas } from './describe-database.js';
import { describeFunctions } from './describe-functions.js';
import { describeSequences } from './describe-sequences.js';
import { describeTables } from './describe-tables.js';
import { describeTypes } from './describe-types.js';
import { describeViews } from './describe-views.js';
import type { SchemaObject } from './schema-object.js';

/**
 * Describes the schemas `public` and `audit` from the system catalogs.
 *
 * The result does not depend on the version of PostgreSQL (15 or newer), on the owners of objects, or on the
 * schemas of extensions. Objects of extensions, TypeORM's own tables and monthly partitions are left out.
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

/** Sets the search path, so that PostgreSQL prints names in the same way on every server. */
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
