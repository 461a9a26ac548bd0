import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import { PropertyDeclarations } from './declarations.js';

export interface ForwardOnlyOptions {
  /** An undo that changes something else in the row adds 1 to the column. Default: false, it stays. */
  counts?: boolean;
}

const forwardOnly = new PropertyDeclarations<ForwardOnlyOptions>('forward-only');

/**
 * Marks a column that no undo may set back: a serial, a counter, when something was last used. Whoever
 * remembers an earlier value would take a later row for one that it has seen.
 *
 * `audit undo`, `restore` and `restore-to` leave such a column as it is. In a row that is inserted again
 * it has the newest value that the trail knows. A row that has nothing but such columns besides its key
 * stays where an undo would delete it, unless a row that it refers to is deleted.
 *
 * A `@VersionColumn()` is one by itself, with `counts: true`.
 */
export function ForwardOnly(options: ForwardOnlyOptions = {}): PropertyDecorator {
  return (target, property) => forwardOnly.add(target, property, options);
}

/** What was said of a column; undefined for an ordinary one. */
export function forwardOnlyOptionsOf(column: ColumnMetadata): ForwardOnlyOptions | undefined {
  return forwardOnly.ofColumn(column) ?? (column.isVersion ? { counts: true } : undefined);
}
