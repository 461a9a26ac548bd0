import { parseImage } from '../../row-image.js';
import { isCounter } from '../counters.js';
import type { ForeignKeys } from '../foreign-keys.js';
import type { RowChange } from './row-change.js';

/**
 * The deletions of counter rows that an undo leaves out, because the next row would count from the beginning
 * again. A counter row is deleted only together with a row that it refers to.
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
