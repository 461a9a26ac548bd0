import { isStorable } from '../common/check-texts.js';
import type { DatabaseDataSource } from '../transaction/database.data-source.js';
import type { Rename } from './renames.js';
import type { Reading, TableDefinition } from './audited-table.js';
import { recordedName } from './recorded-name.js';

/**
 * SQL of all renames as JSON. Sequences are text, because JSON.parse() would lose digits of large numbers.
 */
const renames = `
  SELECT coalesce(json_agg(json_build_object('table', r.table_name, 'column', r.column_name,
           'newName', r.new_name, 'sequence', r.sequence::text) ORDER BY r.renames_id), '[]')
  FROM audit.renames r`;

/**
 * A query of table definitions. It reads the catalogs itself, because an application's role may call few
 * functions of the schema `audit`.
 */
const definitions = (more: { columns: string; join: string }) => `
  SELECT t.table_name AS name, c.oid::regclass::text AS relation,
         key.columns AS "keyColumns", key.types AS "keyTypes",
         t.redacted_columns AS "redactedColumns", t.incidental_columns AS "incidentalColumns", own.*, (${renames}) AS renames${more.columns}
  FROM audit.audited_tables t
  JOIN pg_class c ON c.relkind IN ('r', 'p') AND ${recordedName('c.oid')} = t.table_name
  CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(a.attname::text) FILTER (
             WHERE a.attname = ANY (t.redacted_columns)
               AND NOT (a.atttypid IN ('text'::regtype, 'json'::regtype, 'jsonb'::regtype)
                 OR a.atttypid = 'varchar'::regtype AND a.atttypmod = -1)), '{}') AS "opaqueColumns",
           array_agg(a.attname::text) FILTER (WHERE a.attgenerated = '') AS "writableColumns",
           coalesce(array_agg(a.attname::text) FILTER (WHERE a.atttypid IN (20, 1700)), '{}') AS "bigintColumns",
           array_agg(a.attname::text) FILTER (WHERE a.attnotnull) AS "requiredColumns",
           coalesce(array_agg(a.attname::text) FILTER (WHERE type.typtype = 'b' AND a.atttypid NOT IN (114, 3802)), '{}')
             AS "plainColumns",
           coalesce(array_agg(a.attname::text) FILTER (
             WHERE a.atttypid IN (20, 21, 23, 700, 701) OR a.atttypid = 1700 AND a.atttypmod <> -1), '{}')
             AS "numberColumns"
    FROM pg_attribute a JOIN pg_type type ON type.oid = a.atttypid
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  ) AS own
  CROSS JOIN LATERAL (
    SELECT array_agg(k.attname::text ORDER BY place) AS columns,
           array_agg(format_type(k.atttypid, -1) ORDER BY place) AS types
    FROM pg_index i
    CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS part (number, place)
    JOIN pg_attribute k ON k.attrelid = c.oid AND k.attnum = part.number
    WHERE i.indrelid = c.oid AND i.indisprimary
  ) AS key
  ${more.join}
  WHERE t.table_name = ANY ($1)`;

const plain = definitions({ columns: '', join: '' });

const readable = definitions({
  columns: `,
         reading.image, reading.record_id AS "recordIdOfRow", reading.row_of_image AS "rowOfImage"`,
  join: 'CROSS JOIN LATERAL audit.reading_sql(c.oid, t.redacted_columns) AS reading',
});

/** Reads all renames of tables and columns, oldest first. */
export async function loadRenames(database: DatabaseDataSource): Promise<Rename[]> {
  const [found] = await database.read<{ renames: Rename[] }>(`SELECT (${renames}) AS renames`);
  return found!.renames;
}

export type LoadedTable = TableDefinition & { readonly renames: readonly Rename[] };

/** Reads the current definitions of the audited tables among the names. */
export function loadTables(
  database: DatabaseDataSource,
  names: readonly string[],
): Promise<LoadedTable[]> {
  return database.read(plain, [names.filter((name) => isStorable(name))]);
}

/**
 * Reads the definitions together with the SQL that reads the tables' rows. This takes about 2 ms more for
 * each table, and 60 ms more the first time on a connection.
 */
export function loadReadableTables(
  database: DatabaseDataSource,
  names: readonly string[],
): Promise<(LoadedTable & Reading)[]> {
  return database.read(readable, [names.filter((name) => isStorable(name))]);
}
