import type { EntityManager } from 'typeorm';
import { findRow } from '../../find-row.js';
import { isAsIn } from '../../image-sql.js';
import { UndoImpossibleError } from '../errors.js';
import type { PlannedChange } from '../plan/planned-change.js';

/**
 * Checks that no step changed a row again that another step had put back, for example through a foreign key's
 * action or a trigger of the application.
 *
 * @throws UndoImpossibleError
 */
export async function assertPutBack(
  manager: EntityManager,
  plan: readonly PlannedChange[],
): Promise<void> {
  for (const { table, targetId, target, step } of plan) {
    // A row with a placeholder in its key cannot be found by its old key.
    if (target === null || step.lost.some((column) => table.keyColumns.includes(column))) continue;
    const columns = step.columns.filter((column) => !table.redactedColumns.includes(column));
    if (columns.length === 0) continue;
    const [row] = await manager.query<{ isThere: boolean }[]>(
      `SELECT ${isAsIn(table, '(SELECT jsonb_object_agg(key, value) FROM jsonb_each($2) WHERE key = ANY ($3))')} AS "isThere"
       FROM ${table.relation} t WHERE ${findRow(table)}`,
      [targetId, target, columns],
    );
    if (row?.isThere !== true) {
      throw new UndoImpossibleError(
        `Nothing was undone: putting other records back changes ${table.name} ${targetId} again, or a trigger or the new type of a column does. Undo them one by one.`,
      );
    }
  }
}
