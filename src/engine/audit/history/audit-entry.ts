import type { Actor } from '../../actor/actor.js';
import type { JsonObject, JsonValue } from '../../common/json.js';
import type { AuditedTable } from '../audited-table.js';
import { redactionMarker } from '../image-markers.js';
import { jsonPathsBetween, type JsonPathChange } from './json-paths.js';
import type { RowImage } from '../row-image.js';

/** A column's value before and after a change. */
export interface ColumnChange {
  readonly column: string;
  readonly from: JsonValue;
  readonly to: JsonValue;
  /** Whether the trail does not keep the values. Then it is only known that the column changed. */
  readonly redacted: boolean;
  /** What changed within a `jsonb` object or an array, if the column had one before and after. */
  readonly paths?: readonly JsonPathChange[];
}

/** One entry of the audit trail. */
export interface AuditEntry {
  /** The order of writing, as a decimal string. `undo()` and `diff()` name the entry by it. */
  readonly sequence: string;
  /** The entry's id, `audit_logs_id`. */
  readonly id: string;
  readonly table: string;
  /** The primary key as text: its value, or a JSON object if it has several columns. */
  readonly recordId: string | null;
  /** `INSERT`, `UPDATE`, `DELETE`, `TRUNCATE`, `PRUNE`, `ERASE`, or an application's own action. */
  readonly operation: string;
  /** The time when the transaction began: ISO 8601 in UTC, to the microsecond. */
  readonly at: string;
  /**
   * The actor who made the change, with the user on whose behalf it acted, if any; null if no actor was known.
   */
  readonly actor: Actor | null;
  /** Why the change was made; null if nobody said so. */
  readonly reason: string | null;
  /** What was said besides the reason, such as `{ ticket: '4711' }`; null if nothing was. */
  readonly context: JsonObject | null;
  readonly requestId: string | null;
  readonly route: string | null;
  readonly databaseRole: string;
  /** PostgreSQL's transaction id, as a decimal string. Together with `at` it identifies the transaction. */
  readonly transactionId: string;
  /** The `sequence` of the entry that this one undid; null for other changes. */
  readonly undoes: string | null;
  /** The tenant that the row belongs to; null for a row that is global. */
  readonly tenant: string | null;
  /** The tenant that the row belonged to before, if the change moved it to another one. */
  readonly formerTenant: string | null;
  /** The whole row before the change. `after` is the whole row after it. */
  readonly before: RowImage | null;
  readonly after: RowImage | null;
  /** The changes by column. For an `INSERT` or a `DELETE` these are all columns with a value. */
  readonly changes: readonly ColumnChange[];
}

/** The changes of the given columns. Default: the columns in which the images differ. */
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
    // A column that is not redacted may have the marker as an ordinary value.
    const mayBeRedacted = table === undefined || table.redactedColumns.includes(column);
    const redacted = mayBeRedacted && (from === redactionMarker || to === redactionMarker);
    const paths = redacted ? undefined : jsonPathsBetween(from, to);
    return { column, from, to, redacted, ...(paths === undefined ? {} : { paths }) };
  });
}
