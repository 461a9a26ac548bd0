import type { Client } from 'pg';
import { idOf, imageOf, tableNames } from './tables.js';

/** A row as it stands in its table. */
export interface RowState {
  readonly table: string;
  readonly id: string;
  /** As the trail must show it. */
  readonly image: string;
  /** The whole row, byte for byte. */
  readonly row: string;
  /** Each column's text, byte for byte. */
  readonly cells: Readonly<Record<string, string | null>>;
}

/** The rows of all tables at a time, by table and record id. */
export type Snapshot = ReadonlyMap<string, RowState>;

export const rowName = (table: string, id: string) => `${table} ${id}`;

/** Dumps the audited tables. */
export async function takeSnapshot(client: Client): Promise<Snapshot> {
  const { rows: columns } = await client.query<{ table: string; cells: string }>(
    `SELECT relname AS table, string_agg(format('%L, t.%I::text', attname, attname), ', ') AS cells
     FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
     WHERE relnamespace = 'public'::regnamespace AND relname = ANY ($1) AND attnum > 0 AND NOT attisdropped
     GROUP BY 1`,
    [tableNames],
  );
  const selects = columns.map(
    ({ table, cells }) =>
      `SELECT '${table}' AS table, ${idOf(table)} AS id, ${imageOf(table)}::text AS image,
              t::text AS row, jsonb_build_object(${cells}) AS cells FROM ${table} t`,
  );
  const { rows } = await client.query<RowState>(selects.join(' UNION ALL '));
  return new Map(rows.map((row) => [rowName(row.table, row.id), row]));
}
