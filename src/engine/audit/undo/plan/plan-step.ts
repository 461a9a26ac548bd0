import { changesBetween, type ColumnChange } from '../../history/audit-entry.js';
import { erasureMarker, isTooLarge, redactionMarker } from '../../image-markers.js';
import { parseImage } from '../../row-image.js';
import { UndoImpossibleError, UndoRedactedError } from '../errors.js';
import type { UndoOptions, UndoStep } from '../undo-options.js';
import type { RowChange } from './row-change.js';

type Image = Readonly<Record<string, unknown>>;

/**
 * Makes the step that is reported for a change.
 *
 * @throws UndoRedactedError, UndoImpossibleError when the trail lacks a value that is needed
 */
export function planStep(change: RowChange, options: UndoOptions): UndoStep {
  const { action, table, recordId, targetId, columns, kept } = change;
  // A row that is not deleted is named by the record id that it gets back.
  const step = {
    action,
    table: table.name,
    recordId: action === 'delete' ? recordId : targetId,
    changes: changesOf(change),
  };
  if (action === 'delete') return { ...step, columns, kept, lost: [] };
  const image = JSON.parse(change.target ?? '{}') as Image;
  const lost = lostColumns(change, image);
  const erased = columns.filter(
    (column) => image[column] === erasureMarker && change.erasedColumns.includes(column),
  );
  if (erased.length > 0) {
    throw new UndoImpossibleError(
      `Nothing was undone: ${table.name} ${step.recordId} had personal data in ${erased.join(', ')}, which was erased from the trail.`,
    );
  }
  const tooLarge = columns.filter((column) => isTooLarge(image[column]));
  if (tooLarge.length > 0) {
    throw new UndoImpossibleError(
      `Nothing was undone: ${table.name} ${step.recordId} had more in ${tooLarge.join(', ')} than the trail can keep. Restore a backup.`,
    );
  }
  const required = lost.filter((column) => table.requiredColumns.includes(column));
  const unfillable = required.filter((column) => table.opaqueColumns.includes(column));
  if (action === 'insert' && unfillable.length > 0) {
    throw new UndoImpossibleError(
      `Nothing was undone: ${table.name} ${step.recordId} needs a value in ${unfillable.join(', ')}, which the trail never kept, and no placeholder fits there. Insert the row by hand.`,
    );
  }
  if (action === 'insert' && required.length > 0 && options.redacted !== 'placeholder') {
    throw new UndoRedactedError(table.name, step.recordId, required);
  }
  return { ...step, columns, kept, lost };
}

function changesOf({ action, table, row, target, columns }: RowChange): ColumnChange[] {
  if (action === 'none') return [];
  const current = parseImage(row?.image ?? null, table);
  const wanted = parseImage(target, table);
  const changed = changesBetween(current, wanted, table);
  return action === 'update' ? changed.filter(({ column }) => columns.includes(column)) : changed;
}

function lostColumns(
  { action, table, row, changedColumns, keepsSecrets }: RowChange,
  image: Image,
): readonly string[] {
  const now = JSON.parse(row?.image ?? '{}') as Image;
  return table.redactedColumns.filter((column) => {
    if (image[column] !== redactionMarker) return false;
    if (action === 'insert' || changedColumns?.includes(column)) return true;
    // Without a list of changed columns, it is unknown whether the secret that is still there is the same.
    return changedColumns === undefined && (!keepsSecrets || now[column] !== redactionMarker);
  });
}
