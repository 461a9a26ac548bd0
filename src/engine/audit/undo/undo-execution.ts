import { escapeIdentifier } from 'pg';
import type { EntityManager } from 'typeorm';
import { groupBy } from '../../common/group-by.js';
import type { AuditedTables } from '../audited-tables.js';
import { findRow, isAsIn } from '../row-sql.js';
import { runAfterUndoHooks } from './after-undo.js';
import { countersThatStay, goesAlong, isCounter } from './counters.js';
import { describeFailure, mayPassLater } from './describe-failure.js';
import { UndoConflictError, UndoImpossibleError, type UndoConflict } from './errors.js';
import { ForeignKeys } from './foreign-keys.js';
import { meetRows, withNewestCounts, type MetRow } from './met-rows.js';
import { conflictOf, pendingOf, type Pending } from './pending.js';
import { planStep, putBack } from './put-back.js';
import type { Reversal, UndoOptions, UndoStep } from './undo-plan.js';

/** What a record has to wait for: rows that refer to it, or a statement that the database refused. */
type Obstacle = { readonly conflicts: UndoConflict[] } | { readonly error: unknown };

/**
 * Carries reversals out, in one transaction.
 *
 * No order of inserts, updates and deletes is right for all: a row may have to go before another takes
 * its unique value, or to stay until others no longer refer to it. So whatever meets an obstacle waits
 * until the rest is done, for as long as that helps.
 */
export class UndoExecution {
  private foreignKeys!: ForeignKeys;

  constructor(
    private readonly manager: EntityManager,
    private readonly tables: AuditedTables,
    private readonly options: UndoOptions,
  ) {}

  /** @throws UndoConflictError, UndoImpossibleError, UndoRedactedError */
  async run(reversals: readonly Reversal[]): Promise<{ steps: UndoStep[] }> {
    this.foreignKeys = await ForeignKeys.read(this.manager);
    const pending = await this.meetRows(reversals);
    // What the trail does not have is said before anything is tried.
    const steps = pending
      .map((reversal) => planStep(reversal, this.options))
      .filter(({ action }) => action === 'none');
    let waiting = this.inOrder(pending);
    while (waiting.length > 0) {
      const obstacles = new Map<Pending, Obstacle>();
      for (const reversal of waiting) {
        const outcome = await this.attempt(reversal);
        if ('action' in outcome) steps.push(outcome);
        else obstacles.set(reversal, outcome);
      }
      if (obstacles.size === waiting.length) {
        const forced = this.options.force === true ? waiting.find(isDelete) : undefined;
        if (forced === undefined) throw failureOf(obstacles);
        steps.push(await this.carryOut(forced));
        obstacles.delete(forced);
      }
      waiting = [...obstacles.keys()];
    }
    if (this.options.force !== true) await this.assertPutBack(pending, steps);
    await this.manager.query(
      `SELECT set_config('app.undoes', '', true), set_config('app.keep_updated_at', '', true)`,
    );
    await runAfterUndoHooks(this.manager, pending);
    return { steps };
  }

  /** Locks the rows, a table at a time, and compares each with what the undone writes left. */
  private async meetRows(reversals: readonly Reversal[]): Promise<Pending[]> {
    const met: { pending: Pending; row: MetRow | undefined }[] = [];
    for (const ofTable of groupBy(reversals, ({ table }) => table.name).values()) {
      const rows = await meetRows(this.manager, ofTable);
      for (const [index, reversal] of ofTable.entries()) {
        const row = rows.get(index);
        const target =
          row === undefined ? await withNewestCounts(this.manager, reversal) : reversal.target;
        met.push({ pending: pendingOf({ ...reversal, target }, row), row });
      }
    }
    const staying = countersThatStay(
      met.map(({ pending }) => pending),
      this.foreignKeys,
    );
    const conflicts = met
      .filter(({ pending }) => this.options.force !== true && !isCounter(pending.table))
      .flatMap(({ pending, row }) => conflictOf(pending, row, this.options) ?? []);
    if (conflicts.length > 0) throw new UndoConflictError(conflicts);
    return met.map(({ pending }) =>
      staying.has(pending)
        ? { ...pending, action: 'none', kept: pending.table.forwardOnlyColumns }
        : pending,
    );
  }

  /** What is likely to meet no obstacle: deletes, children first; inserts, parents first; updates. */
  private inOrder(pending: readonly Pending[]): Pending[] {
    const order = this.foreignKeys.parentsFirst(pending.map(({ table }) => table.name));
    const parentsFirst = pending.toSorted(
      (a, b) => order.indexOf(a.table.name) - order.indexOf(b.table.name),
    );
    return [
      ...parentsFirst.filter(isDelete).reverse(),
      ...parentsFirst.filter(({ action }) => action === 'insert'),
      ...parentsFirst.filter(({ action }) => action === 'update'),
    ];
  }

  private async attempt(pending: Pending): Promise<UndoStep | Obstacle> {
    if (isDelete(pending)) {
      const conflicts = await this.referringRows(pending);
      return conflicts.length > 0 ? { conflicts } : this.carryOut(pending);
    }
    try {
      // A refused statement spoils the transaction, unless it is in a savepoint.
      return await this.manager.transaction((manager) => putBack(manager, pending, this.options));
    } catch (error) {
      if (mayPassLater(error)) return { error };
      throw describeFailure(error, pending.action);
    }
  }

  private async carryOut(pending: Pending): Promise<UndoStep> {
    try {
      return await putBack(this.manager, pending, this.options);
    } catch (error) {
      throw describeFailure(error, pending.action);
    }
  }

  /**
   * What one step put back another may have changed, through a foreign key's action or a trigger of the
   * application's own. Then it is better not to have begun.
   */
  private async assertPutBack(
    pending: readonly Pending[],
    steps: readonly UndoStep[],
  ): Promise<void> {
    const stepOf = new Map(steps.map((step) => [`${step.table} ${step.recordId}`, step]));
    for (const { table, targetId, target } of pending) {
      const step = stepOf.get(`${table.name} ${targetId}`);
      // A row whose key was made up cannot be found by the old one.
      if (target === null || step?.lost.some((column) => table.keyColumns.includes(column)))
        continue;
      const columns = (step?.columns ?? []).filter(
        (column) => !table.redactedColumns.includes(column),
      );
      if (columns.length === 0) continue;
      const [row] = await this.manager.query<{ isThere: boolean }[]>(
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

  /** Rows that would go, or lose their reference, with this one, or that keep it from going. */
  private async referringRows({ table, recordId }: Pending): Promise<UndoConflict[]> {
    const conflicts: UndoConflict[] = [];
    for (const key of this.foreignKeys.referringTo(table.name)) {
      const matches = key.childColumns.map(
        (column, index) =>
          `child.${escapeIdentifier(column)} = t.${escapeIdentifier(key.parentColumns[index]!)}`,
      );
      const [{ count }] = await this.manager.query<[{ count: string }]>(
        `SELECT count(*) FROM ${key.childRelation} child JOIN ${table.relation} t ON ${matches.join(' AND ')}
         WHERE ${findRow(table)} AND (child.tableoid, child.ctid) <> (t.tableoid, t.ctid)`,
        [recordId],
      );
      if (count !== '0' && !(await goesAlong(this.tables, key))) {
        const reason = `is referred to by ${count} later row(s) of ${key.child}`;
        conflicts.push({ table: table.name, recordId, reason, columns: [] });
      }
    }
    return conflicts;
  }
}

const isDelete = ({ action }: Pending) => action === 'delete';

/** A refused statement is told first: rows may be referred to because it did not happen. */
function failureOf(obstacles: ReadonlyMap<Pending, Obstacle>): unknown {
  for (const [{ action }, obstacle] of obstacles) {
    if ('error' in obstacle) return describeFailure(obstacle.error, action);
  }
  return new UndoConflictError(
    [...obstacles.values()].flatMap((obstacle) =>
      'conflicts' in obstacle ? obstacle.conflicts : [],
    ),
  );
}
