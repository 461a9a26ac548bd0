import { parseImage } from '../../row-image.js';
import { isCounter } from '../counters.js';
import type { ForeignKeys } from '../foreign-keys.js';
import type { RowChange } from './row-change.js';

/**
 * Counters that were inserted, and stay where the insert is undone: the next one would begin again. One
 * that counts for a row that goes as well goes with it.
 */
export function countersThatStay(
  changes: readonly RowChange[],
  foreignKeys: ForeignKeys,
): ReadonlySet<RowChange> {
  const deleted = changes.filter(({ action }) => action === 'delete');
  const goesToo = (counter: RowChange) =>
    foreignKeys.of(counter.table.name).some(({ parent, parentColumns, childColumns }) =>
      deleted.some(({ table, row: parentRow }) => {
        if (table.name !== parent) return false;
        const [image, parentImage] = [
          parseImage(counter.row!.image)!,
          parseImage(parentRow!.image)!,
        ];
        return childColumns.every(
          (child, index) => image[child] === parentImage[parentColumns[index]!],
        );
      }),
    );
  return new Set(deleted.filter((one) => isCounter(one.table) && !goesToo(one)));
}
