import type { EntityManager } from 'typeorm';
import { publicPrivileges } from './catalog.js';
import type { SchemaObject } from './schema-object.js';

/** The extensions that the migrations create. Other extensions, and versions, are left out. */
const extensions = ['pg_trgm', 'pgcrypto', 'postgis', 'unaccent'];

export async function describeExtensions(manager: EntityManager): Promise<SchemaObject[]> {
  const rows = await manager.query<{ name: string }[]>(
    `SELECT extname AS name FROM pg_extension WHERE extname = ANY ($1) ORDER BY extname`,
    [extensions],
  );
  return rows.map(({ name }) => ({
    title: `extension ${name}`,
    definition: `CREATE EXTENSION ${name};`,
  }));
}

/**
 * Describes the schema `audit`. `public` is left out, because it exists in every database, with privileges of
 * its own.
 */
export async function describeSchemas(manager: EntityManager): Promise<SchemaObject[]> {
  const rows = await manager.query<{ name: string; granted: string | null }[]>(`
    SELECT quote_ident(nspname) AS name, ${publicPrivileges('nspacl')} AS granted
    FROM pg_namespace WHERE nspname = 'audit'
  `);
  return rows.map(({ name, granted }) => ({
    title: `schema ${name}`,
    definition: [
      `CREATE SCHEMA ${name};`,
      ...(granted === null ? [] : [`GRANT ${granted} ON SCHEMA ${name} TO PUBLIC;`]),
    ].join('\n'),
  }));
}
