import type { Actor } from '../../actor/actor.js';
import type { JsonValue } from '../../common/json.js';
import type { AuditedTable } from '../audited-table.js';
import { redactionMarker } from '../image-markers.js';
import type { RowImage } from '../row-image.js';

/** A column's value before and after a change. */
export interface ColumnChange {
  readonly column: string;
  readonly from: JsonValue;
  readonly to: JsonValue;
  /** The values are not kept: that the column changed is all there is to see. */
  readonly redacted: boolean;
}

/** One entry of the audit trail. */
export interface AuditEntry {
  /** The order of writing, a decimal string; names the entry for `undo()` and `diff()`. */
  readonly sequence: string;
  /** `audit_logs_id`. */
  readonly id: string;
  readonly table: string;
  /** The primary key as text: the bare value, or a JSON object of several columns. */
  readonly recordId: string | null;
  /** `INSERT`, `UPDATE`, `DELETE`, `TRUNCATE`, `PRUNE`, `ERASE`, or an application's own action. */
  readonly operation: string;
  /** When the transaction began: ISO 8601 in UTC, to the microsecond. */
  readonly at: string;
  /** Who did it; null when nobody was named. */
  readonly actor: Actor | null;
  readonly requestId: string | null;
  readonly route: string | null;
  readonly databaseRole: string;
  /** PostgreSQL's transaction id, a decimal string: with `at` it tells what was written together. */
  readonly transactionId: string;
  /** The `sequence` of the entry that this one undid. */
  readonly undoes: string | null;
  /** The whole row before and after. */
  readonly before: RowImage | null;
  readonly after: RowImage | null;
  /** What changed, column by column: of an `INSERT` and a `DELETE` every column with a value. */
  readonly changes: readonly ColumnChange[];
}

/** The columns in which two images differ, or those that are named. */
export function changesBetween(
  before: RowImage | null,
  after: RowImage | null,
  table?: AuditedTable,
  columns: readonly string[] = [...new Set(Object.keys({ ...before, ...after }))].filter(
    (column) =>
      JSON.stringify(before?.[column] ?? null) !== JSON.stringify(after?.[column] ?? null),
  ),
): ColumnChange[] {
  return columns.map((column) => {
    const from = (before?.[column] ?? null) as JsonValue;
    const to = (after?.[column] ?? null) as JsonValue;
    // Anybody may write the marker into a column that is not redacted, and hide nothing by it.
    const mayBeRedacted = table === undefined || table.redactedColumns.includes(column);
    const redacted = mayBeRedacted && (from === redactionMarker || to === redactionMarker);
    return { column, from, to, redacted };
  });
}
