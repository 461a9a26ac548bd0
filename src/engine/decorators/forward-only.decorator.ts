import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import { PropertyDeclarations } from './declarations.js';

export interface ForwardOnlyOptions {
  /** Whether an undo that changes another column of the row adds 1 to this one. Default: false, it stays. */
  counts?: boolean;
}

const forwardOnly = new PropertyDeclarations<ForwardOnlyOptions>('forward-only');

/**
 * Marks a column that no undo may set back, such as a serial, a counter, or the time of the last use. If it
 * were set back, it could reach a value for the second time, and a client that remembers the value would take
 * the new row for one that it has seen.
 *
 * `audit undo`, `restore` and `restore-to` leave such a column as it is. A row that is inserted again gets
 * the newest value that the trail has. If a row has only such columns besides its key, an undo that would
 * delete the row keeps it, unless a row that it refers to is deleted too.
 *
 * A `@VersionColumn()` is forward-only without the decorator, with `counts: true`.
 */
export function ForwardOnly(options: ForwardOnlyOptions = {}): PropertyDecorator {
  return (target, property) => forwardOnly.add(target, property, options);
}

/** The options of `@ForwardOnly()` on a column; undefined for an ordinary column. */
export function forwardOnlyOptionsOf(column: ColumnMetadata): ForwardOnlyOptions | undefined {
  return forwardOnly.ofColumn(column) ?? (column.isVersion ? { counts: true } : undefined);
}
