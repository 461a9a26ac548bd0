import type { EntityManager } from 'typeorm';
import type { AuditedTables } from '../../audited-tables.js';
import { describeFailure, mayPassLater } from '../describe-failure.js';
import { UndoConflictError, type UndoConflict } from '../errors.js';
import type { ForeignKeys } from '../foreign-keys.js';
import type { PlannedChange } from '../plan/planned-change.js';
import type { UndoOptions, UndoStep } from '../undo-options.js';
import { runAfterUndoHooks } from './after-undo-hooks.js';
import { assertPutBack } from './assert-put-back.js';
import { referringRows } from './referring-rows.js';
import { writeRow } from './write-row.js';

/**
 * The reason why a change has to wait: rows that refer to its record, or a statement that the database
 * refused.
 */
type Obstacle = { readonly conflicts: UndoConflict[] } | { readonly error: unknown };

/**
 * Carries out a plan in one transaction.
 *
 * No fixed order of inserts, updates and deletes fits every case. A row may have to be deleted before another
 * takes its unique value, or to stay until no other row refers to it. So a change that meets an obstacle is
 * tried again after the others, as long as some change succeeds.
 */
export class UndoExecution {
  constructor(
    private readonly manager: EntityManager,
    private readonly tables: AuditedTables,
    private readonly foreignKeys: ForeignKeys,
  ) {}

  /**
   * Returns the steps in the order of execution.
   *
   * @throws UndoConflictError, UndoImpossibleError
   */
  async run(
    plan: readonly PlannedChange[],
    { force = false }: Pick<UndoOptions, 'force'>,
  ): Promise<UndoStep[]> {
    const done = plan.filter(({ action }) => action === 'none');
    let waiting = this.inOrder(plan);
    while (waiting.length > 0) {
      const obstacles = new Map<PlannedChange, Obstacle>();
      for (const change of waiting) {
        const obstacle = await this.attempt(change);
        if (obstacle === undefined) done.push(change);
        else obstacles.set(change, obstacle);
      }
      if (obstacles.size === waiting.length) {
        const forced = force ? waiting.find(isDelete) : undefined;
        if (forced === undefined) throw failureOf(obstacles);
        await this.carryOut(forced);
        done.push(forced);
        obstacles.delete(forced);
      }
      waiting = [...obstacles.keys()];
    }
    if (!force) await assertPutBack(this.manager, plan);
    await this.manager.query(
      `SELECT set_config('app.undoes', '', true), set_config('app.keep_updated_at', '', true)`,
    );
    await runAfterUndoHooks(this.manager, plan);
    return done.map(({ step }) => step);
  }

  /**
   * Sorts the changes so that few meet an obstacle: deletes, children first; then inserts, parents first;
   * then updates.
   */
  private inOrder(plan: readonly PlannedChange[]): PlannedChange[] {
    const order = this.foreignKeys.parentsFirst(plan.map(({ table }) => table.name));
    const parentsFirst = plan.toSorted(
      (a, b) => order.indexOf(a.table.name) - order.indexOf(b.table.name),
    );
    return [
      ...parentsFirst.filter(isDelete).reverse(),
      ...parentsFirst.filter(({ action }) => action === 'insert'),
      ...parentsFirst.filter(({ action }) => action === 'update'),
    ];
  }

  /** Carries out a change, or returns its obstacle. */
  private async attempt(change: PlannedChange): Promise<Obstacle | undefined> {
    if (isDelete(change)) {
      const conflicts = await referringRows(this.manager, this.tables, this.foreignKeys, change);
      if (conflicts.length > 0) return { conflicts };
      await this.carryOut(change);
      return undefined;
    }
    try {
      // A refused statement aborts the transaction, unless it runs in a savepoint.
      await this.manager.transaction((manager) => writeRow(manager, change));
      return undefined;
    } catch (error) {
      if (mayPassLater(error)) return { error };
      throw describeFailure(error, change.action);
    }
  }

  private async carryOut(change: PlannedChange): Promise<void> {
    try {
      await writeRow(this.manager, change);
    } catch (error) {
      throw describeFailure(error, change.action);
    }
  }
}

const isDelete = ({ action }: PlannedChange) => action === 'delete';

/**
 * The error for the remaining obstacles. A refused statement is reported first, because rows may still be
 * referred to only because it failed.
 */
function failureOf(obstacles: ReadonlyMap<PlannedChange, Obstacle>): unknown {
  for (const [{ action }, obstacle] of obstacles) {
    if ('error' in obstacle) return describeFailure(obstacle.error, action);
  }
  return new UndoConflictError(
    [...obstacles.values()].flatMap((obstacle) =>
      'conflicts' in obstacle ? obstacle.conflicts : [],
    ),
  );
}
