import { escapeIdentifier } from 'pg';
import type { EntityManager } from 'typeorm';
import type { ReadableTable } from '../../audited-table.js';
import { findMovingRow, findRow } from '../../find-row.js';
import { redactionMarker } from '../../image-markers.js';
import { rowOf } from '../../image-sql.js';
import { RowOutOfReachError } from '../errors.js';
import type { PlannedChange } from '../plan/planned-change.js';

export async function writeRow(manager: EntityManager, change: PlannedChange): Promise<void> {
  const { action, sequences, changedSince, leftColumns, table } = change;
  // Overwriting a later change is a new change, so it gets a new time, and so does an undo of some columns. The
  // changes that a delete makes to other rows get one too.
  const isWhole = leftColumns.length === 0;
  const keepsTime = action === 'insert' || (action !== 'delete' && !changedSince && isWhole);
  // An entry whose secret stays is not undone: a later undo must still find the change of the secret.
  const isUndone = !leftColumns.some((column) => table.redactedColumns.includes(column));
  await manager.query(
    `SELECT set_config('app.undoes', $1, true), set_config('app.keep_updated_at', $2, true)`,
    [(isUndone && sequences.at(-1)) || '', keepsTime ? 'on' : ''],
  );
  await execute(manager, change);
}

async function execute(
  manager: EntityManager,
  { table, recordId, targetId, target, action, columns, step: { lost } }: PlannedChange,
): Promise<void> {
  const names = columns.map(escapeIdentifier).join(', ');
  const values = columns.map((column) => `r.${escapeIdentifier(column)}`).join(', ');
  if (action === 'insert') {
    await manager.query(
      `INSERT INTO ${table.relation} (${names}) OVERRIDING SYSTEM VALUE
       SELECT ${values} FROM (${rowOf(table, '$1', '$2')}) AS r`,
      [
        target,
        JSON.stringify(Object.fromEntries(lost.map((column) => [column, madeUp(table, column)]))),
      ],
    );
  } else if (action === 'update') {
    const counted = table.countingColumns.map(
      (column) => `${escapeIdentifier(column)} = t.${escapeIdentifier(column)} + 1`,
    );
    const [, count] = await manager.query<[unknown, number]>(
      `UPDATE ${table.relation} AS t SET ${[`(${names}) = ROW(${values})`, ...counted].join(', ')}
       FROM (${rowOf(table, '$2')}) AS r
       WHERE ${recordId === targetId ? findRow(table) : findMovingRow(table, '$1', '$3')}`,
      recordId === targetId ? [recordId, target] : [recordId, target, targetId],
    );
    if (count !== 1) throw new RowOutOfReachError(table.name, recordId);
  } else if (action === 'delete') {
    await manager.query(`DELETE FROM ${table.relation} AS t WHERE ${findRow(table)}`, [recordId]);
  }
}

/**
 * The replacement for a value that the trail never kept: null, or a placeholder if the column is NOT NULL.
 * Each placeholder is different, because such columns may be unique.
 */
function madeUp(table: ReadableTable, column: string): string | null {
  return table.requiredColumns.includes(column)
    ? `${redactionMarker} ${crypto.randomUUID()}`
    : null;
}
