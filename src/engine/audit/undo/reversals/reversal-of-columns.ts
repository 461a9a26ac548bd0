import type { EntityMetadata } from 'typeorm';
import { columnNames } from '../../history/column-names.js';
import { UndoImpossibleError } from '../errors.js';
import type { Reversal } from './reversal.js';

/**
 * A reversal of some columns only.
 *
 * @throws InvalidHistoryQueryError for a column that the table does not have
 * @throws UndoImpossibleError when there is no row to put columns back in, or the writes did not change a column
 */
export function reversalOfColumns(
  reversal: Reversal,
  names: readonly string[],
  metadata: EntityMetadata | undefined,
): Reversal {
  const { table, recordId, expected, target, changedColumns = table.writableColumns } = reversal;
  const chosen = names.map(columnNames(table, metadata));
  if (chosen.length === 0 || expected === null || target === null) {
    throw new UndoImpossibleError(
      chosen.length === 0
        ? 'Nothing was undone: "columns" names no column.'
        : `Nothing was undone: ${table.name} ${recordId} was inserted or deleted, so its columns cannot be put back one by one.`,
    );
  }
  const unchanged = chosen.filter((column) => !changedColumns.includes(column));
  if (unchanged.length > 0) {
    throw new UndoImpossibleError(
      `Nothing was undone: the undone writes did not change ${unchanged.join(', ')} of ${table.name} ${recordId}.`,
    );
  }
  const left = changedColumns.filter(
    (column) => !chosen.includes(column) && !table.timeColumns.includes(column),
  );
  return left.length === 0 ? reversal : { ...reversal, changedColumns: chosen, leftColumns: left };
}
