import type { EntityManager } from 'typeorm';
import { groupBy } from '../../common/group-by.js';
import { currentImage, findRow, isAsIn, mayBeAsIn, quoted } from '../row-sql.js';
import { describeFailure, mayPassLater } from './describe-failure.js';
import { UndoConflictError, UndoImpossibleError, type UndoConflict } from './errors.js';
import type { ForeignKeys } from './foreign-keys.js';
import { planStep, putBack, type Pending } from './put-back.js';
import type { Reversal, UndoOptions, UndoStep } from './undo-plan.js';

/** What a record has to wait for: rows that refer to it, or a statement that the database refused. */
type Obstacle = { readonly conflicts: UndoConflict[] } | { readonly error: unknown };

/** A row as it is, and whether that is what the undone writes left, or what it shall be. */
interface MetRow {
  readonly image: string;
  readonly isExpected: boolean;
  readonly isTarget: boolean;
}

/**
 * Carries reversals out, in one transaction.
 *
 * No order of inserts, updates and deletes is right for all: a row may have to go before another takes
 * its unique value, or to stay until others no longer refer to it. So whatever meets an obstacle waits
 * until the rest is done, for as long as that helps.
 */
export class UndoExecution {
  constructor(
    private readonly manager: EntityManager,
    private readonly foreignKeys: ForeignKeys,
    private readonly options: UndoOptions,
  ) {}

  /** @throws UndoConflictError, UndoImpossibleError, UndoRedactedError */
  async run(reversals: readonly Reversal[]): Promise<{ steps: UndoStep[] }> {
    const pending = await this.meetRows(reversals);
    // What the trail does not have is said before anything is tried.
    const steps = pending
      .map((reversal) => planStep(reversal, this.options))
      .filter(({ action }) => action === 'none');
    let waiting = await this.inOrder(pending);
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
    return { steps };
  }

  /** Locks the rows, a table at a time, and compares each with what the undone writes left. */
  private async meetRows(reversals: readonly Reversal[]): Promise<Pending[]> {
    const pending: Pending[] = [];
    const conflicts: UndoConflict[] = [];
    for (const ofTable of groupBy(reversals, ({ table }) => table.name).values()) {
      const rows = await this.rowsOf(ofTable);
      for (const [index, reversal] of ofTable.entries()) {
        const { table, recordId, expected, target } = reversal;
        const row = rows.get(index);
        const current = row?.image ?? null;
        const changedSince = reversal.interrupted || !(row?.isExpected ?? expected === null);
        const isThere = row?.isTarget ?? target === null;
        if (changedSince && !isThere && this.options.force !== true) {
          const reason = describeConflict(reversal, current);
          conflicts.push({ table: table.name, recordId, reason });
        }
        const action = isThere
          ? 'none'
          : current === null
            ? 'insert'
            : target
              ? 'update'
              : 'delete';
        pending.push({ ...reversal, action, current, changedSince });
      }
    }
    if (conflicts.length > 0) throw new UndoConflictError(conflicts);
    return pending;
  }

  /** The rows of one table that reversals meet, by the reversal's place; none for those that find none. */
  private async rowsOf(reversals: readonly Reversal[]): Promise<Map<number, MetRow>> {
    const { table, erasedColumns } = reversals[0]!;
    const rows = await this.manager.query<(MetRow & { place: string })[]>(
      `SELECT place, met.*
       FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS undone (id, expected, target, place)
       CROSS JOIN LATERAL (
         SELECT ${currentImage(table)}::text AS image,
                ${mayBeAsIn(table, 'undone.expected', erasedColumns)} AS "isExpected",
                ${isAsIn(table, 'undone.target')} AS "isTarget"
         FROM ${table.relation} t WHERE ${findRow(table, 'undone.id')} FOR UPDATE
       ) AS met`,
      [
        reversals.map(({ recordId }) => recordId),
        reversals.map(({ expected }) => expected),
        reversals.map(({ target }) => target),
      ],
    );
    return new Map(rows.map(({ place, ...row }) => [Number(place) - 1, row]));
  }

  /** What is likely to meet no obstacle: deletes, children first; inserts, parents first; updates. */
  private async inOrder(pending: readonly Pending[]): Promise<Pending[]> {
    const order = await this.foreignKeys.parentsFirst(pending.map(({ table }) => table.name));
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
          `Nothing was undone: putting other records back changes ${table.name} ${targetId} again. Undo them one by one.`,
        );
      }
    }
  }

  /** Rows that would go, or lose their reference, with this one, or that keep it from going. */
  private async referringRows({ table, recordId }: Pending): Promise<UndoConflict[]> {
    const conflicts: UndoConflict[] = [];
    for (const key of await this.foreignKeys.referringTo(table.name)) {
      const matches = key.childColumns.map(
        (column, index) => `child.${quoted(column)} = t.${quoted(key.parentColumns[index]!)}`,
      );
      const [{ count }] = await this.manager.query<[{ count: string }]>(
        `SELECT count(*) FROM ${key.childRelation} child JOIN ${table.relation} t ON ${matches.join(' AND ')}
         WHERE ${findRow(table)} AND (child.tableoid, child.ctid) <> (t.tableoid, t.ctid)`,
        [recordId],
      );
      if (count !== '0') {
        const reason = `is referred to by ${count} later row(s) of ${key.child}`;
        conflicts.push({ table: table.name, recordId, reason });
      }
    }
    return conflicts;
  }
}

const isDelete = ({ action }: Pending) => action === 'delete';

function describeConflict({ expected, interrupted }: Reversal, current: string | null): string {
  if (interrupted) return 'was changed by somebody else in between';
  if (current === null) return 'has been deleted since';
  return expected === null ? 'exists again' : 'has changed since';
}

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
