import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { EntityManager } from 'typeorm';
import type { DatabaseDataSource } from '../../connection/database.data-source.js';
import type { ReadableTable, AuditedTarget, RecordKey } from '../audited-table.js';
import { AuditedTables } from '../audited-tables.js';
import { AuditAsOf } from '../history/audit-as-of.js';
import { time } from '../history/values.js';
import { trailOf } from '../renames.js';
import { currentImage, findRow } from '../row-sql.js';
import { allOrNothing } from './all-or-nothing.js';
import { UndoExecution } from './undo-execution.js';
import type { Reversal, UndoOptions, UndoResult } from './undo-plan.js';
import type { UndoneWork } from './undone-entries.js';
import { UndoneWrites } from './undone-writes.js';

/** Puts records back. Whatever it does is itself audited, by whoever asked for it. */
@Injectable()
export class AuditUndo {
  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    private readonly tables: AuditedTables,
    private readonly asOf: AuditAsOf,
  ) {}

  /** Undoes what one entry, a transaction or a request wrote. */
  undo(work: UndoneWork, options: UndoOptions): Promise<UndoResult> {
    return this.inTransaction(options, async (manager) => {
      const reversals = await new UndoneWrites(manager, this.tables).reversals(work);
      return new UndoExecution(manager, this.tables, options).run(reversals);
    });
  }

  /** Puts a record back to what it was at a time. */
  restore(
    target: AuditedTarget,
    key: RecordKey,
    at: Date | string,
    options: UndoOptions,
  ): Promise<UndoResult> {
    return this.inTransaction(options, async (manager) => {
      const name = this.tables.nameOf(target);
      const table = (await this.tables.lock([name])).get(name)!;
      const recordId = await this.tables.recordId(table, key);
      const reversal: Reversal = {
        table,
        recordId,
        targetId: recordId,
        expected: await this.currentImage(manager, table, recordId),
        target: await this.asOf.imageText(table, recordId, at),
        interruptedColumns: [],
        changedColumns: undefined,
        keepsSecrets: true,
        erasedColumns: await new UndoneWrites(manager, this.tables).erasedColumns(table),
        sequences: await this.lastEntryAfter(manager, table, recordId, at),
      };
      return new UndoExecution(manager, this.tables, options).run([reversal]);
    });
  }

  private inTransaction(
    { dryRun = false }: UndoOptions,
    work: (manager: EntityManager) => Promise<Omit<UndoResult, 'dryRun'>>,
  ): Promise<UndoResult> {
    return allOrNothing(this.database, dryRun, async (manager) => ({
      dryRun,
      ...(await work(manager)),
    }));
  }

  /** The newest of the entries that a return to a time undoes. */
  private async lastEntryAfter(
    manager: EntityManager,
    table: ReadableTable,
    recordId: string,
    at: Date | string,
  ): Promise<string[]> {
    const [{ sequence }] = await manager.query<[{ sequence: string | null }]>(
      `SELECT max(sequence) AS sequence FROM ${trailOf(table)}
       WHERE table_name = $1 AND record_id = $2 AND created_at > $3
         AND operation IN ('INSERT', 'UPDATE', 'DELETE')`,
      [table.name, recordId, time('at', at)],
    );
    return sequence === null ? [] : [sequence];
  }

  private async currentImage(
    manager: EntityManager,
    table: ReadableTable,
    recordId: string,
  ): Promise<string | null> {
    const [row] = await manager.query<{ image: string }[]>(
      `SELECT ${currentImage(table)}::text AS image FROM ${table.relation} t WHERE ${findRow(table)}`,
      [recordId],
    );
    return row?.image ?? null;
  }
}
