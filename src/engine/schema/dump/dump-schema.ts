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
 * Describes the schema of the package's tables, under the name `public`, and the schema `audit` from the system
 * catalogs.
 *
 * The result does not depend on the version of PostgreSQL (15 or newer), on the owners of objects, or on the
 * schemas of extensions. Objects of extensions, TypeORM's own tables and monthly partitions are left out.
 */
export async function dumpSchema(database: DatabaseDataSource): Promise<SchemaObject[]> {
  return database.transaction(async (manager) => {
    await nameWithoutSchema(manager);
    const objects = [
      ...(await describeExtensions(manager)),
      ...(await describeSchemas(manager)),
      ...(await describeTypes(manager)),
      ...(await describeSequences(manager)),
      ...(await describeTables(manager)),
      ...(await describeViews(manager)),
      ...(await describeFunctions(manager)),
    ];
    return objects.map((object) => underPublic(object, database.config.schema));
  });
}

/** Sets the search path, so that PostgreSQL prints names in the same way on every server. */
async function nameWithoutSchema(manager: EntityManager): Promise<void> {
  await manager.query(`
    SELECT set_config(
      'search_path',
      concat_ws(', ', audit.home()::text, string_agg(DISTINCT quote_ident(nspname), ', ')),
      true)
    FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace
    WHERE pg_namespace.oid NOT IN (audit.home(), 'audit'::regnamespace, 'pg_catalog'::regnamespace)
  `);
}

/**
 * An object with `public` in place of the schema that it is in. Bodies of functions quote the schema; `app.` alone
 * may be a setting there.
 */
function underPublic({ title, definition }: SchemaObject, home: string | undefined): SchemaObject {
  if (home === undefined || home === 'public') return { title, definition };
  const [head, ...body] = definition.split(/(?=^AS \$)/m);
  const qualifier = new RegExp(`("${home}"|\\b${home})\\.`, 'g');
  return {
    title: title.replaceAll(qualifier, 'public.'),
    definition: [
      head!.replaceAll(qualifier, 'public.'),
      ...body.map((text) => text.replaceAll(`"${home}"`, 'public')),
    ].join(''),
  };
}
