import { parseImage, type RowImage } from '../../row-image.js';
import type { Reversal } from '../reversals/reversal.js';
import type { UndoStep } from '../undo-options.js';

interface Change extends Reversal {
  readonly action: UndoStep['action'];
  readonly changedSince: boolean;
}

/** The columns that an INSERT or an UPDATE sets to their earlier values. */
export function columnsToSet({ action, table, target, ...reversal }: Change): readonly string[] {
  const image = parseImage(target) as RowImage;
  // A column that the image lacks was added since, and has a default.
  const known = table.writableColumns.filter((column) => column in image);
  if (action === 'insert') return known;
  const { changedColumns = known, changedSince, keepsSecrets } = reversal;
  return changedColumns.filter(
    (column) =>
      known.includes(column) &&
      !table.forwardOnlyColumns.includes(column) &&
      // A later change keeps its own time.
      !(changedSince && table.timeColumns.includes(column)) &&
      // An image shows of a redacted column only whether it was null.
      (!table.redactedColumns.includes(column) || (image[column] === null && !keepsSecrets)),
  );
}
