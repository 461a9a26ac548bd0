import type { EntityManager } from 'typeorm';
import type { ReadableTable } from '../../audited-table.js';
import { time } from '../../check-query-values.js';
import { findRow } from '../../find-row.js';
import { currentImage } from '../../image-sql.js';
import { trailOf } from '../../renames.js';
import { erasedColumns } from '../erased-columns.js';
import type { Reversal } from './reversal.js';

/** The reversal that puts a record back to its image at a time. */
export async function reversalToTime(
  manager: EntityManager,
  table: ReadableTable,
  recordId: string,
  at: Date | string,
  target: string | null,
): Promise<Reversal> {
  return {
    table,
    recordId,
    targetId: recordId,
    expected: await imageNow(manager, table, recordId),
    target,
    interruptedColumns: [],
    changedColumns: undefined,
    leftColumns: [],
    keepsSecrets: true,
    erasedColumns: await erasedColumns(manager, table),
    sequences: await lastEntryAfter(manager, table, recordId, at),
  };
}

async function imageNow(
  manager: EntityManager,
  table: ReadableTable,
  recordId: string,
): Promise<string | null> {
  const [row] = await manager.query<{ image: string }[]>(
    `SELECT ${currentImage(table)}::text AS image FROM ${table.relation} t WHERE ${findRow(table)}`,
    [recordId],
  );
  return row?.image ?? null;
}

/** The sequence of the newest entry that a return to a time undoes; empty if there is none. */
async function lastEntryAfter(
  manager: EntityManager,
  table: ReadableTable,
  recordId: string,
  at: Date | string,
): Promise<string[]> {
  const [{ sequence }] = await manager.query<[{ sequence: string | null }]>(
    `SELECT max(sequence) AS sequence FROM ${trailOf(table)}
     WHERE table_name = $1 AND record_id = $2 AND created_at > $3
       AND operation IN ('INSERT', 'UPDATE', 'DELETE')`,
    [table.name, recordId, time('at', at)],
  );
  return sequence === null ? [] : [sequence];
}
