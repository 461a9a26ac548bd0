import { QueryFailedError } from 'typeorm';
import { escapeLiteral } from 'pg';
import type { DatabaseDataSource } from '../../connection/database.data-source.js';
import { currentScope } from '../../transaction/transaction-context.js';
import type { AuditedTable } from '../audited-table.js';
import { isSameValue, readable } from '../row-sql.js';

/** What PostgreSQL says of a value that does not fit a type. */
const isMisfit = (error: unknown) =>
  error instanceof QueryFailedError && /^(22|23)/.test((error as { code?: string }).code ?? '');

/** Columns of which some of the images have values that a row of today cannot hold, or not exactly. */
export async function misfits(
  database: DatabaseDataSource,
  table: AuditedTable,
  images: readonly string[],
): Promise<string[]> {
  if (images.length === 0) return [];
  try {
    return await inexactColumns(database, table, images, undefined);
  } catch (error) {
    if (!isMisfit(error)) throw error;
  }
  const found: string[] = [];
  for (const column of table.writableColumns) {
    try {
      found.push(...(await inexactColumns(database, table, images, column)));
    } catch (error) {
      if (!isMisfit(error)) throw error;
      found.push(column);
    }
  }
  return found;
}

function inexactColumns(
  database: DatabaseDataSource,
  table: AuditedTable,
  images: readonly string[],
  column: string | undefined,
): Promise<string[]> {
  const image =
    column === undefined
      ? readable(table, 'image')
      : `jsonb_build_object(${escapeLiteral(column)}, image->${escapeLiteral(column)})`;
  const look = async () => {
    const rows = await database.read<{ key: string }>(
      `SELECT DISTINCT key FROM unnest($1::jsonb[]) AS image
       CROSS JOIN LATERAL jsonb_each(to_jsonb(jsonb_populate_record(NULL::${table.relation}, ${image}))) AS now
       JOIN LATERAL jsonb_each(image) AS wanted USING (key)
       WHERE now.value <> 'null' AND NOT ${isSameValue(table, 'now.value', 'wanted.value')}
         AND NOT (${hasZone('now.value')} AND ${hasZone('wanted.value')})`,
      [images],
    );
    return rows.map(({ key }) => key);
  };
  // A failure must not spoil a transaction around.
  return currentScope(database) === undefined ? look() : database.transaction(look);
}

/** Such a time is one in whatever zone the session writes it. */
const hasZone = (value: string) => `${value} #>> '{}' ~ 'T.*([+-]\\d\\d(:\\d\\d)*|Z)$'`;
