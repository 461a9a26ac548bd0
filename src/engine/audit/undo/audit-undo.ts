import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { EntityManager } from 'typeorm';
import type { DatabaseDataSource } from '../../transaction/database.data-source.js';
import type { AuditedTarget, RecordKey } from '../audited-table.js';
import { AuditedTables } from '../audited-tables.js';
import { entityOfTable } from '../entity-of-table.js';
import { AuditAsOf } from '../history/audit-as-of.js';
import { allOrNothing } from './all-or-nothing.js';
import { UndoneEntries, type UndoneWork } from './entries/undone-entries.js';
import { UndoExecution } from './execution/undo-execution.js';
import { UndoImpossibleError } from './errors.js';
import { ForeignKeys } from './foreign-keys.js';
import { planUndo } from './plan/plan-undo.js';
import { reversalToTime } from './reversals/reversal-to-time.js';
import { reversalOfColumns } from './reversals/reversal-of-columns.js';
import type { Reversal } from './reversals/reversal.js';
import { reversalsOfEntries } from './reversals/reversals-of-entries.js';
import type { UndoOptions, UndoResult } from './undo-options.js';

/**
 * Puts records back. The changes are audited like any others, with the current actor.
 *
 * 1. `entries/` reads the entries to undo from the trail.
 * 2. `reversals/` combines the entries of each record into the state before them and the state after them.
 * 3. `plan/` locks the rows, finds conflicts, and plans what is done to each row.
 * 4. `execution/` carries the plan out.
 */
@Injectable()
export class AuditUndo {
  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    private readonly tables: AuditedTables,
    private readonly asOf: AuditAsOf,
  ) {}

  /** Undoes the writes of one entry, a transaction or a request. */
  async undo(work: UndoneWork, options: UndoOptions): Promise<UndoResult> {
    if (options.columns !== undefined && !('sequence' in work)) {
      throw new UndoImpossibleError(
        'Nothing was undone: "columns" belongs to the undo of one entry. A transaction or a request may have written to several tables.',
      );
    }
    return this.putBack(options, async (manager) => {
      const entries = await new UndoneEntries(manager, this.tables).of(work);
      const reversals = await reversalsOfEntries(manager, this.tables, entries);
      return 'sequence' in work
        ? reversals.filter(({ sequences }) => sequences.includes(work.sequence))
        : reversals;
    });
  }

  /** Puts a record back to its state at a time. */
  restore(
    target: AuditedTarget,
    key: RecordKey,
    at: Date | string,
    options: UndoOptions,
  ): Promise<UndoResult> {
    return this.putBack(options, async (manager) => {
      this.asOf.assertRestricted();
      const name = this.tables.nameOf(target);
      const table = (await this.tables.lock([name])).get(name)!;
      const recordId = await this.tables.recordId(table, key);
      const image = await this.asOf.imageText(table, recordId, at);
      return [await reversalToTime(manager, table, recordId, at, image)];
    });
  }

  private putBack(
    options: UndoOptions,
    findReversals: (manager: EntityManager) => Promise<readonly Reversal[]>,
  ): Promise<UndoResult> {
    const { dryRun = false, columns } = options;
    return allOrNothing(this.database, options, async (manager) => {
      const found = await findReversals(manager);
      const reversals = columns === undefined ? found : found.map((one) => this.only(one, columns));
      const foreignKeys = await ForeignKeys.read(manager);
      const plan = await planUndo(manager, foreignKeys, reversals, options);
      const execution = new UndoExecution(manager, this.tables, foreignKeys);
      return { dryRun, steps: await execution.run(plan, options) };
    });
  }

  private only(reversal: Reversal, columns: readonly string[]): Reversal {
    const entity = entityOfTable(this.database, reversal.table.name);
    return reversalOfColumns(reversal, columns, entity);
  }
}
