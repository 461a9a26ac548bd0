import { parse } from 'lossless-json';
import type { ReadableTable } from '../audited-table.js';
import type { RowImage } from '../image.js';

export interface UndoOptions {
  /** Overwrite what changed since. Default: false, a conflict is an error. */
  force?: boolean;
  /** Go through everything, report what would happen, and change nothing. Default: false. */
  dryRun?: boolean;
  /**
   * What a deleted row gets for a required value that the trail never kept: `refuse` (default) makes it
   * an error, `placeholder` fills in a text that nobody can use.
   */
  redacted?: 'refuse' | 'placeholder';
  /**
   * What of a later change is in the way of putting an UPDATE back: a change of the same column (`column`,
   * default), or of whatever column of the row (`row`).
   */
  conflicts?: 'column' | 'row';
}

/** How to undo a transaction. */
export interface UndoTransactionOptions extends UndoOptions {
  /**
   * The time that its entries have, to the microsecond. Needed where two transactions have one id: a
   * database that was restored into a new server counts them from the beginning again.
   */
  at?: string;
}

/** One record put back. */
export interface UndoStep {
  /** `none` for a record that is already what it shall be. */
  readonly action: 'insert' | 'update' | 'delete' | 'none';
  readonly table: string;
  readonly recordId: string;
  /** The columns that are set: of an update those that the undone writes had changed. */
  readonly columns: readonly string[];
  /**
   * Columns that differ from what the undone writes found, and stay as they are: others changed them, or
   * they only move forward.
   */
  readonly kept: readonly string[];
  /**
   * Columns whose earlier values the trail never kept. A row that is inserted again has null or a
   * placeholder there; another one keeps what it has.
   */
  readonly lost: readonly string[];
}

export interface UndoResult {
  readonly dryRun: boolean;
  /** In the order of execution. */
  readonly steps: readonly UndoStep[];
}

/** What a record is and what it shall be; images as JSON text, null where there is no row. */
export interface Reversal {
  readonly table: ReadableTable;
  /** The record's id as the undone writes left it. */
  readonly recordId: string;
  /** Its id before them; another one when they changed the key. */
  readonly targetId: string;
  /** The row as the undone writes left it. */
  readonly expected: string | null;
  readonly target: string | null;
  /**
   * The columns that somebody else wrote to between the undone writes; undefined when the row was deleted
   * or inserted there.
   */
  readonly interruptedColumns: readonly string[] | undefined;
  /** Undefined for all columns. */
  readonly changedColumns: readonly string[] | undefined;
  /** Redacted columns keep what they have, also where they are known to have had nothing. */
  readonly keepsSecrets: boolean;
  /** Columns of the table that an erasure of personal data went over. */
  readonly erasedColumns: readonly string[];
  /** The undone entries, oldest first; none when there is none to refer to. */
  readonly sequences: readonly string[];
}

/** An entry as the trail has it. */
export interface UndoneEntry {
  readonly sequence: string;
  readonly table: string;
  readonly recordId: string;
  readonly operation: string;
  /** When its transaction began, to the microsecond. */
  readonly at: string;
  readonly transactionId: string;
  readonly oldData: string | null;
  readonly newData: string | null;
  readonly changedColumns: string[] | null;
}

/** Whether an UPDATE took the row's key away: the entry of the old key. */
export const isDeparture = ({ operation, newData }: UndoneEntry) =>
  operation === 'UPDATE' && newData === null;

/** Whether an UPDATE gave the row its key: the entry of the new key. */
export const isArrival = ({ operation, oldData }: UndoneEntry) =>
  operation === 'UPDATE' && oldData === null;

/** Brings the writes to one record together: from what the first found to what the last left. */
export function reversalOf(
  table: ReadableTable,
  entries: readonly UndoneEntry[],
): Omit<Reversal, 'erasedColumns'> {
  const first = entries[0]!;
  const last = entries.at(-1)!;
  const columns = entries.map(({ changedColumns }) => changedColumns);
  const isAnotherRow = entries.some((entry, index) => {
    const before = entries[index - 1];
    return before !== undefined && isDeparture(before) && before.recordId === entry.recordId;
  });
  return {
    table,
    recordId: last.newData === null ? first.recordId : last.recordId,
    targetId: first.recordId,
    expected: last.newData,
    target: first.oldData,
    interruptedColumns: interruptedColumns(entries),
    // The entries of a changed key name the key alone, and the time moves with it.
    changedColumns:
      columns.every((names) => names !== null) && !isAnotherRow
        ? [...new Set([...columns.flat(), ...(entries.some(isDeparture) ? table.timeColumns : [])])]
        : undefined,
    keepsSecrets: false,
    sequences: entries.map(({ sequence }) => sequence),
  };
}

function interruptedColumns(entries: readonly UndoneEntry[]): readonly string[] | undefined {
  const columns = new Set<string>();
  for (const [index, { oldData }] of entries.entries()) {
    const left = index === 0 ? oldData : entries[index - 1]!.newData;
    if (left === oldData) continue;
    if (left === null || oldData === null) return undefined;
    for (const column of differencesOf(left, oldData)) columns.add(column);
  }
  return [...columns];
}

function differencesOf(before: string, after: string): string[] {
  // Numbers stay as they are written.
  const [from, to] = [before, after].map((image) => parse(image, undefined, String) as RowImage);
  return Object.keys({ ...from, ...to }).filter(
    (column) => JSON.stringify(from![column]) !== JSON.stringify(to![column]),
  );
}
