import { escapeIdentifier } from 'pg';
import type { EntityManager } from 'typeorm';
import type { ReadableTable } from '../audited-table.js';
import { erasureMarker, isTooLarge, redactionMarker } from '../image.js';
import { findMovingRow, findRow, rowOf } from '../row-sql.js';
import { RowOutOfReachError, UndoImpossibleError, UndoRedactedError } from './errors.js';
import type { Pending } from './pending.js';
import type { UndoOptions, UndoStep } from './undo-plan.js';

type Image = Readonly<Record<string, unknown>>;

/** Carries one reversal out. */
export async function putBack(
  manager: EntityManager,
  pending: Pending,
  options: UndoOptions,
): Promise<UndoStep> {
  const step = planStep(pending, options);
  // Overwriting a later change is a change of its own, and so is what a delete does to other rows: it
  // has its own time.
  const keepsTime = pending.action === 'insert' || !pending.changedSince;
  await manager.query(
    `SELECT set_config('app.undoes', $1, true), set_config('app.keep_updated_at', $2, true)`,
    [pending.sequences.at(-1) ?? '', keepsTime && pending.action !== 'delete' ? 'on' : ''],
  );
  await execute(manager, pending, step);
  return step;
}

/** @throws UndoRedactedError, UndoImpossibleError when the trail does not have what is needed */
export function planStep(pending: Pending, options: UndoOptions): UndoStep {
  const { action, table, recordId, targetId, columns, kept } = pending;
  // A record goes by the name that it gets back.
  const step = { action, table: table.name, recordId: action === 'delete' ? recordId : targetId };
  if (action === 'delete') return { ...step, columns, kept, lost: [] };
  const image = JSON.parse(pending.target ?? '{}') as Image;
  const lost = lostColumns(pending, image);
  const erased = columns.filter(
    (column) => image[column] === erasureMarker && pending.erasedColumns.includes(column),
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

function lostColumns(
  { action, table, current, changedColumns, keepsSecrets }: Pending,
  image: Image,
): readonly string[] {
  const now = JSON.parse(current ?? '{}') as Image;
  return table.redactedColumns.filter((column) => {
    if (image[column] !== redactionMarker) return false;
    if (action === 'insert' || changedColumns?.includes(column)) return true;
    // Without the names of what changed, a secret that is still there may be another one.
    return changedColumns === undefined && (!keepsSecrets || now[column] !== redactionMarker);
  });
}

async function execute(
  manager: EntityManager,
  { table, recordId, targetId, target, action }: Pending,
  { columns, lost }: UndoStep,
): Promise<void> {
  const names = columns.map(escapeIdentifier).join(', ');
  const values = columns.map((column) => `r.${escapeIdentifier(column)}`).join(', ');
  if (action === 'insert') {
    await manager.query(
      `INSERT INTO ${table.relation} (${names}) OVERRIDING SYSTEM VALUE
       SELECT ${values} FROM (${rowOf(table, '$1', '$2')}) AS r`,
      [
        target,
        JSON.stringify(Object.fromEntries(lost.map((column) => [column, madeUp(table, column)]))),
      ],
    );
  } else if (action === 'update') {
    const counted = table.countingColumns.map(
      (column) => `${escapeIdentifier(column)} = t.${escapeIdentifier(column)} + 1`,
    );
    const [, count] = await manager.query<[unknown, number]>(
      `UPDATE ${table.relation} AS t SET ${[`(${names}) = ROW(${values})`, ...counted].join(', ')}
       FROM (${rowOf(table, '$2')}) AS r
       WHERE ${recordId === targetId ? findRow(table) : findMovingRow(table, '$1', '$3')}`,
      recordId === targetId ? [recordId, target] : [recordId, target, targetId],
    );
    if (count !== 1) throw new RowOutOfReachError(table.name, recordId);
  } else if (action === 'delete') {
    await manager.query(`DELETE FROM ${table.relation} AS t WHERE ${findRow(table)}`, [recordId]);
  }
}

/** Nothing, or where there must be something, a value that is like no other: such columns are unique. */
function madeUp(table: ReadableTable, column: string): string | null {
  return table.requiredColumns.includes(column)
    ? `${redactionMarker} ${crypto.randomUUID()}`
    : null;
}
