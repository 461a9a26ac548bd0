import { DatabaseError } from '../../common/errors/database.error.js';

/** The reason why a record cannot be put back without overwriting later changes. */
export interface UndoConflict {
  readonly table: string;
  readonly recordId: string;
  readonly reason: string;
  /**
   * The columns that others changed and the undo would overwrite; empty if the conflict is about the row as a
   * whole.
   */
  readonly columns: readonly string[];
}

/** The greatest number of conflicts that the message has. */
const mostDescribed = 20;

/**
 * Later changes, or rows that refer to a record, conflict with the undo. Nothing was changed. `conflicts` has all
 * of them, the message the first 20.
 */
export class UndoConflictError extends DatabaseError {
  readonly code = 'UNDO_CONFLICT';

  constructor(readonly conflicts: readonly UndoConflict[]) {
    super(
      `Nothing was undone: ${conflicts.slice(0, mostDescribed).map(describe).join('; ')}${
        conflicts.length > mostDescribed ? `; and ${conflicts.length - mostDescribed} more` : ''
      }. ` +
        'Read the history of these records. Undo the later changes first, or overwrite them with { force: true } (on the command line: --force).',
    );
  }
}

function describe({ table, recordId, reason, columns }: UndoConflict): string {
  return `${table} ${recordId} ${reason}${columns.length > 0 ? ` (${columns.join(', ')})` : ''}`;
}

/** Several transactions have the given id. Nothing was changed. */
export class AmbiguousTransactionError extends DatabaseError {
  readonly code = 'AMBIGUOUS_TRANSACTION';

  constructor(
    readonly transactionId: string,
    readonly times: readonly string[],
  ) {
    super(
      `The trail has ${times.length} transactions of the id ${transactionId}: of ${times.join(' and of ')}. ` +
        `Select one by its time: { at: '${times.at(-1)}' }, or --at on the command line.`,
    );
  }
}

/** The trail lacks data for the undo, or the database refuses it. Nothing was changed. */
export class UndoImpossibleError extends DatabaseError {
  readonly code = 'UNDO_IMPOSSIBLE';
}

/**
 * A row has neither its current nor its earlier key, because it changes with another row. It may be found
 * after other rows were put back.
 */
export class RowOutOfReachError extends UndoImpossibleError {
  constructor(table: string, recordId: string) {
    super(
      `Nothing was undone: ${table} ${recordId} changes with another record, and cannot be found. Undo that one first.`,
    );
  }
}

/** A deleted row needs a value that the trail never kept. Nothing was changed. */
export class UndoRedactedError extends DatabaseError {
  readonly code = 'UNDO_REDACTED';

  constructor(
    readonly table: string,
    readonly recordId: string,
    readonly columns: readonly string[],
  ) {
    super(
      `${table} ${recordId} cannot be inserted again: the trail does not keep ${columns.join(', ')}. ` +
        'Pass { redacted: "placeholder" } to insert an unusable placeholder, and set the real value afterwards.',
    );
  }
}
