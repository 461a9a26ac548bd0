import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { EntityManager } from 'typeorm';
import type { DatabaseDataSource } from '../../transaction/database.data-source.js';
import type { ReadableTable } from '../audited-table.js';
import { AuditedTables } from '../audited-tables.js';
import { entityOfTable } from '../entity-of-table.js';
import { InvalidHistoryQueryError } from '../errors.js';
import { AuditAsOf } from '../history/audit-as-of.js';
import { time } from '../check-query-values.js';
import { redactionMarker } from '../image-markers.js';
import { parseImage } from '../row-image.js';
import { trailOf } from '../renames.js';
import { allOrNothing } from '../undo/all-or-nothing.js';
import { describeFailure } from '../undo/describe-failure.js';
import { UndoConflictError, UndoImpossibleError, UndoRedactedError } from '../undo/errors.js';
import { ForeignKeys } from '../undo/foreign-keys.js';
import { erasedColumns } from '../undo/erased-columns.js';
import { withoutStatementTimeout } from '../without-statement-timeout.js';
import { deleteReferredLast, restoreConflicts } from './restore-conflicts.js';
import {
  changedAgain,
  columnsTooLarge,
  hasErased,
  planTable,
  type TablePlan,
} from './restore-plan.js';
import { lastDeletions, restoreStatement } from './restore-statement.js';
import type { RestoredTable, RestoreToOptions, RestoreToResult } from './restore-to-options.js';

type RestoreToTime = RestoreToOptions & { at: Date | string };

/**
 * Puts rows of some tables back to a time. The database compares and writes them itself, because there may be
 * many.
 */
@Injectable()
export class AuditRestore {
  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    private readonly tables: AuditedTables,
    private readonly asOf: AuditAsOf,
  ) {}

  async restoreTo(options: RestoreToTime): Promise<RestoreToResult> {
    const { dryRun = false } = options;
    this.asOf.assertRestricted();
    return allOrNothing(this.database, options, (manager) =>
      withoutStatementTimeout(manager, async () => ({
        dryRun,
        tables: await this.run(manager, options),
      })),
    );
  }

  private async run(manager: EntityManager, options: RestoreToTime): Promise<RestoredTable[]> {
    const at = time('at', options.at);
    const names = new Set(options.tables.map((target) => this.tables.nameOf(target)));
    const locked = await this.tables.lock(names);
    const tables = [...names].map((name) => locked.get(name)!);
    const keys = await ForeignKeys.read(manager);
    const plans: TablePlan[] = [];
    for (const [place, table] of tables.entries()) {
      await this.assertKnown(manager, table, at);
      const where = this.conditionOn(table, options.where);
      const plan = await planTable(manager, table, at, where, place);
      await this.assertRestorable(manager, plan, options);
      plans.push(plan);
      const rows = plan.inserted + plan.updated + plan.deleted;
      options.onProgress?.({ step: 'compare', table: table.name, rows });
    }
    const conflicts = await restoreConflicts(manager, this.tables, plans, keys);
    if (conflicts.length > 0 && options.force !== true) throw new UndoConflictError(conflicts);
    if (conflicts.length > 0) await deleteReferredLast(manager, plans, keys);
    await this.write(manager, plans, conflicts.length > 0);
    for (const { table, inserted, updated, deleted } of plans) {
      const rows = inserted + updated + deleted;
      options.onProgress?.({ step: 'write', table: table.name, rows });
    }
    if (options.force !== true) await this.assertRestored(manager, plans);
    await this.callHooks(manager, plans);
    return plans.map(({ table, inserted, updated, deleted }) => ({
      table: table.name,
      inserted,
      updated,
      deleted,
      lost: inserted > 0 ? table.redactedColumns : [],
    }));
  }

  /** @throws HistoryPrunedError, UndoImpossibleError when the trail lacks the rows of that time */
  private async assertKnown(
    manager: EntityManager,
    table: ReadableTable,
    at: Date | string,
  ): Promise<void> {
    await this.asOf.assertKept(table, at);
    const [{ truncated }] = await manager.query<[{ truncated: boolean }]>(
      `SELECT EXISTS (SELECT FROM ${trailOf(table)} WHERE table_name = $1 AND record_id IS NULL
         AND operation = 'TRUNCATE' AND created_at > $2) AS truncated`,
      [table.name, at],
    );
    if (!truncated) return;
    throw new UndoImpossibleError(
      `Nothing was undone: "${table.name}" was truncated since, and the trail has no images of its rows. Restore a backup.`,
    );
  }

  /** @throws UndoImpossibleError, UndoRedactedError when a row needs a value that the trail does not keep */
  private async assertRestorable(
    manager: EntityManager,
    plan: TablePlan,
    { redacted }: RestoreToOptions,
  ): Promise<void> {
    const { table } = plan;
    const erased = await erasedColumns(manager, table);
    if (erased.length > 0 && (await hasErased(manager, plan, erased))) {
      throw new UndoImpossibleError(
        `Nothing was undone: rows of "${table.name}" had personal data in ${erased.join(', ')}, which was erased from the trail.`,
      );
    }
    const tooLarge = await columnsTooLarge(manager, plan);
    if (tooLarge.length > 0) {
      throw new UndoImpossibleError(
        `Nothing was undone: rows of "${table.name}" had more in ${tooLarge.join(', ')} than the trail can keep. Restore a backup.`,
      );
    }
    const required = table.redactedColumns.filter((column) =>
      table.requiredColumns.includes(column),
    );
    if (required.length === 0 || plan.inserted === 0) return;
    const opaque = required.filter((column) => table.opaqueColumns.includes(column));
    if (redacted === 'placeholder' && opaque.length === 0) return;
    const [row] = await manager.query<{ id: string }[]>(
      `SELECT record_id AS id FROM ${plan.relation} WHERE action = 'insert'
         AND EXISTS (SELECT FROM jsonb_each_text(target) WHERE key = ANY ($1) AND value = '${redactionMarker}') LIMIT 1`,
      [opaque.length > 0 ? opaque : required],
    );
    if (row === undefined) return;
    if (opaque.length === 0) throw new UndoRedactedError(table.name, row.id, required);
    throw new UndoImpossibleError(
      `Nothing was undone: ${table.name} ${row.id} needs a value in ${opaque.join(', ')}, which the trail never kept, and no placeholder fits there. Insert the row by hand.`,
    );
  }

  private async write(
    manager: EntityManager,
    plans: readonly TablePlan[],
    someGoLast: boolean,
  ): Promise<void> {
    const keepTime = (keep: string) =>
      manager.query(`SELECT set_config('app.keep_updated_at', $1, true)`, [keep]);
    try {
      await manager.query('SET CONSTRAINTS ALL DEFERRED');
      await keepTime('on');
      await manager.query(restoreStatement(plans));
      await keepTime('');
      if (someGoLast) await manager.query(lastDeletions(plans));
      // Checks deferred constraints here, so that a violation is described here and not thrown by the COMMIT.
      await manager.query('SET CONSTRAINTS ALL IMMEDIATE');
    } catch (error) {
      throw describeFailure(error, plans.some(({ deleted }) => deleted > 0) ? 'delete' : 'update');
    }
  }

  /** @throws UndoImpossibleError when a trigger of the application, or a foreign key, changed a row again */
  private async assertRestored(manager: EntityManager, plans: readonly TablePlan[]): Promise<void> {
    for (const plan of plans) {
      const recordId = await changedAgain(manager, plan);
      if (recordId === undefined) continue;
      throw new UndoImpossibleError(
        `Nothing was undone: putting other records back changes ${plan.table.name} ${recordId} again, or a trigger or the new type of a column does. Put it back by itself.`,
      );
    }
  }

  private async callHooks(manager: EntityManager, plans: readonly TablePlan[]): Promise<void> {
    for (const { table, relation } of plans.filter(({ table: { afterUndo } }) => afterUndo)) {
      for (let last = ''; ;) {
        const rows = await manager.query<{ id: string; before: string; after: string }[]>(
          `SELECT record_id AS id, current::text AS before, target::text AS after
           FROM ${relation} WHERE record_id > $1 AND action <> 'stay' ORDER BY record_id LIMIT 1000`,
          [last],
        );
        if (rows.length === 0) break;
        last = rows.at(-1)!.id;
        const images = rows.map(({ before, after }) => ({
          table: table.name,
          before: parseImage(before, table),
          after: parseImage(after, table),
        }));
        await table.afterUndo!(manager, images);
      }
    }
  }

  /**
   * The condition by column name, as JSON; null if there is none.
   *
   * @throws InvalidHistoryQueryError
   */
  private conditionOn(table: ReadableTable, where: RestoreToOptions['where']): string | null {
    if (where === undefined) return null;
    const metadata = entityOfTable(this.database, table.name);
    const columns = Object.entries(where).map(([name, value]) => {
      const column = metadata?.findColumnWithPropertyName(name)?.databaseName ?? name;
      if (!table.writableColumns.includes(column) || table.redactedColumns.includes(column)) {
        throw new InvalidHistoryQueryError(
          `"${name}" is no column of "${table.name}" that its rows can be found by. Restore the table in a call of its own.`,
        );
      }
      if (!['string', 'number', 'boolean'].includes(typeof value)) {
        throw new InvalidHistoryQueryError(`A condition on "${name}" needs a value.`);
      }
      return [column, value];
    });
    if (columns.length === 0) {
      throw new InvalidHistoryQueryError('A condition names at least one column.');
    }
    return JSON.stringify(Object.fromEntries(columns));
  }
}
