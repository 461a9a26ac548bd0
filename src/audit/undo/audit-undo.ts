import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { EntityManager } from 'typeorm';
import type { DatabaseDataSource } from '../../connection/database.data-source.js';
import {
  AuditedTables,
  type AuditedTable,
  type AuditedTarget,
  type RecordKey,
} from '../audited-table.js';
import { AuditAsOf } from '../history/audit-as-of.js';
import { time } from '../history/values.js';
import { currentImage, findRow } from '../row-sql.js';
import { ForeignKeys } from './foreign-keys.js';
import { UndoExecution } from './undo-execution.js';
import type { Reversal, UndoOptions, UndoResult } from './undo-plan.js';
import type { UndoneWork } from './undone-entries.js';
import { UndoneWrites } from './undone-writes.js';

/** Thrown to roll a dry run back; carries what it found. */
class DryRunOver extends Error {
  constructor(readonly result: UndoResult) {
    super('dry run');
  }
}

/** Puts records back. Whatever it does is itself audited, by whoever asked for it. */
@Injectable()
export class AuditUndo {
  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    private readonly tables: AuditedTables,
    private readonly asOf: AuditAsOf,
    private readonly foreignKeys: ForeignKeys,
  ) {}

  /** Undoes what one entry, a transaction or a request wrote. */
  undo(work: UndoneWork, options: UndoOptions): Promise<UndoResult> {
    return this.inTransaction(options, async (manager) => {
      const reversals = await new UndoneWrites(manager, this.tables).reversals(work);
      return new UndoExecution(manager, this.foreignKeys, options).run(reversals);
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
      const table = await this.tables.find(target);
      const recordId = await this.tables.recordId(table, key);
      const reversal: Reversal = {
        table,
        recordId,
        targetId: recordId,
        expected: await this.currentImage(manager, table, recordId),
        target: await this.asOf.imageText(table, recordId, at),
        interrupted: false,
        changedColumns: undefined,
        keepsSecrets: true,
        erasedColumns: await new UndoneWrites(manager, this.tables).erasedColumns(table),
        sequence: await this.lastEntryAfter(manager, table, recordId, at),
      };
      return new UndoExecution(manager, this.foreignKeys, options).run([reversal]);
    });
  }

  /** All or nothing; a dry run does everything too, and rolls it back. */
  private async inTransaction(
    { dryRun = false }: UndoOptions,
    work: (manager: EntityManager) => Promise<Omit<UndoResult, 'dryRun'>>,
  ): Promise<UndoResult> {
    try {
      return await this.database.transaction(async (manager) => {
        const result = { dryRun, ...(await work(manager)) };
        if (dryRun) throw new DryRunOver(result);
        return result;
      });
    } catch (error) {
      if (error instanceof DryRunOver) return error.result;
      throw error;
    }
  }

  /** The newest of the entries that a return to a time undoes. */
  private async lastEntryAfter(
    manager: EntityManager,
    table: AuditedTable,
    recordId: string,
    at: Date | string,
  ): Promise<string | undefined> {
    const [{ sequence }] = await manager.query<[{ sequence: string | null }]>(
      `SELECT max(sequence) AS sequence FROM audit_logs
       WHERE table_name = $1 AND record_id = $2 AND created_at > $3
         AND operation IN ('INSERT', 'UPDATE', 'DELETE')`,
      [table.name, recordId, time('at', at)],
    );
    return sequence ?? undefined;
  }

  private async currentImage(
    manager: EntityManager,
    table: AuditedTable,
    recordId: string,
  ): Promise<string | null> {
    const [row] = await manager.query<{ image: string }[]>(
      `SELECT ${currentImage(table)}::text AS image FROM ${table.relation} t WHERE ${findRow(table)}`,
      [recordId],
    );
    return row?.image ?? null;
  }
}
