import type { DatabaseDataSource } from '../connection/database.data-source.js';
import { hasOnePlan } from '../connection/prepared-statements.js';
import type { Rename } from './renames.js';
import type { TableDefinition } from './audited-table.js';

/** Numbers as text: they may be beyond what JSON.parse() reads. */
const renames = `
  SELECT coalesce(json_agg(json_build_object('table', r.table_name, 'column', r.column_name,
           'newName', r.new_name, 'sequence', r.sequence::text) ORDER BY r.renames_id), '[]')
  FROM audit.renames r`;

/** Not through the functions in the schema audit: an application's role may not call them. */
const definitions = `${hasOnePlan}
  SELECT t.table_name AS name, c.oid::regclass::text AS relation,
         key.columns AS "keyColumns", key.types AS "keyTypes",
         t.redacted_columns AS "redactedColumns", own.*, (${renames}) AS renames
  FROM audit.audited_tables t
  JOIN pg_namespace n ON n.nspname =
    CASE WHEN strpos(t.table_name, '.') > 0 THEN split_part(t.table_name, '.', 1) ELSE 'public' END
  JOIN pg_class c ON c.relkind IN ('r', 'p') AND c.relnamespace = n.oid
    AND c.relname = substr(t.table_name, strpos(t.table_name, '.') + 1)
  CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(a.attname::text) FILTER (
             WHERE a.attname = ANY (t.redacted_columns)
               AND NOT (a.atttypid IN ('text'::regtype, 'json'::regtype, 'jsonb'::regtype)
                 OR a.atttypid = 'varchar'::regtype AND a.atttypmod = -1)), '{}') AS "opaqueColumns",
           array_agg(a.attname::text) FILTER (WHERE a.attgenerated = '') AS "writableColumns",
           coalesce(array_agg(a.attname::text) FILTER (WHERE a.atttypid IN (20, 1700)), '{}') AS "bigintColumns",
           array_agg(a.attname::text) FILTER (WHERE a.attnotnull) AS "requiredColumns",
           coalesce(array_agg(a.attname::text) FILTER (WHERE a.atttypid IN (114, 3802)), '{}') AS "jsonColumns",
           coalesce(array_agg(a.attname::text) FILTER (WHERE a.atttypid = 1700 AND a.atttypmod = -1), '{}')
             AS "unscaledColumns",
           coalesce(array_agg(a.attname::text) FILTER (WHERE a.attnotnull AND a.atttypid IN (114, 3802)), '{}')
             AS "requiredJsonColumns"
    FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  ) AS own
  CROSS JOIN LATERAL (
    SELECT array_agg(k.attname::text ORDER BY place) AS columns,
           array_agg(format_type(k.atttypid, NULL) ORDER BY place) AS types
    FROM pg_index i
    CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS part (number, place)
    JOIN pg_attribute k ON k.attrelid = c.oid AND k.attnum = part.number
    WHERE i.indrelid = c.oid AND i.indisprimary
  ) AS key
  WHERE t.table_name = ANY ($1)`;

/** What was renamed, oldest first. */
export async function loadRenames(database: DatabaseDataSource): Promise<Rename[]> {
  const [found] = await database.read<{ renames: Rename[] }>(`SELECT (${renames}) AS renames`);
  return found!.renames;
}

/** Those of the names that are audited tables, as the database has them now. */
export function loadTables(
  database: DatabaseDataSource,
  names: readonly string[],
): Promise<(TableDefinition & { renames: Rename[] })[]> {
  return database.read(definitions, [names]);
}
