import type { EntityManager } from 'typeorm';
import type { ReadableTable } from '../../audited-table.js';
import { findRow } from '../../find-row.js';
import { currentImage, differingColumns } from '../../image-sql.js';
import { trailOf } from '../../renames.js';
import type { Reversal } from '../reversals/reversal.js';

/** The current row of a reversal. */
export interface CurrentRow {
  readonly image: string;
  /** The columns that differ from the state after the undone writes. */
  readonly changed: readonly string[];
  /** The columns that differ from the target. */
  readonly unlikeTarget: readonly string[];
  /** Redacted columns that other writes changed since, and no undo put back. The images cannot show this. */
  readonly changedSecrets: readonly string[];
}

/** Locks the rows of reversals of one table. Returns the rows that exist, by the index of the reversal. */
export async function lockRows(
  manager: EntityManager,
  reversals: readonly Reversal[],
): Promise<Map<number, CurrentRow>> {
  const { table, erasedColumns } = reversals[0]!;
  const rows = await manager.query<(CurrentRow & { place: string })[]>(
    `SELECT place, found.*
     FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY
       AS undone (id, expected, target, sequences, place)
     CROSS JOIN LATERAL (
       SELECT ${currentImage(table)}::text AS image,
              ${differingColumns(table, 'undone.expected', erasedColumns)} AS changed,
              ${differingColumns(table, 'undone.target')} AS "unlikeTarget",
              ${table.redactedColumns.length > 0 ? changedSecrets(table) : `'{}'::text[]`} AS "changedSecrets"
       FROM ${table.relation} t WHERE ${findRow(table, 'undone.id')} FOR UPDATE
     ) AS found`,
    [
      reversals.map(({ recordId }) => recordId),
      reversals.map(({ expected }) => expected),
      reversals.map(({ target }) => target),
      reversals.map(({ sequences }) => `{${sequences.join()}}`),
      ...(table.redactedColumns.length > 0 ? [table.name, table.redactedColumns] : []),
    ],
  );
  return new Map(rows.map(({ place, ...row }) => [Number(place) - 1, row]));
}

/**
 * SQL of the redacted columns that other writes changed. An INSERT or a DELETE has no list of columns, and
 * counts as a change of all of them.
 */
const changedSecrets = (table: ReadableTable) => `ARRAY(
  SELECT DISTINCT secret FROM (SELECT * FROM ${trailOf(table)}) AS other
  CROSS JOIN LATERAL unnest(coalesce(other.changed_columns, $6::text[])) AS secret
  WHERE other.table_name = $5 AND other.record_id = undone.id
    AND other.operation IN ('INSERT', 'UPDATE', 'DELETE')
    AND other.sequence > (undone.sequences::bigint[])[1]
    AND other.sequence <> ALL (undone.sequences::bigint[])
    AND secret = ANY ($6::text[])
    AND other.undoes IS NULL AND NOT EXISTS (
      SELECT FROM (SELECT * FROM ${trailOf(table)}) AS undoing
      JOIN audit_logs last ON last.sequence = undoing.undoes
      WHERE undoing.table_name = $5 AND undoing.record_id = undone.id
        AND undoing.undoes >= other.sequence
        AND last.transaction_id = other.transaction_id AND last.created_at = other.created_at))`;
