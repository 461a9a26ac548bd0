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
import { AuditEntryNotFoundError } from '../errors.js';
import { AuditAsOf } from '../history/audit-as-of.js';
import { currentImage, findRow } from '../row-sql.js';
import { UndoImpossibleError } from './errors.js';
import { ForeignKeys } from './foreign-keys.js';
import { UndoExecution } from './undo-execution.js';
import {
  reversalOf,
  type Reversal,
  type UndoneEntry,
  type UndoOptions,
  type UndoResult,
} from './undo-plan.js';

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
  undo(
    what: { sequence: string } | { transactionId: string } | { requestId: string },
    options: UndoOptions,
  ): Promise<UndoResult> {
    return this.inTransaction(options, async (manager) => {
      const reversals = await this.reversals(manager, what);
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
      const recordId = this.tables.recordId(table, key);
      const reversal: Reversal = {
        table,
        recordId,
        expected: await this.currentImage(manager, table, recordId),
        target: await this.asOf.imageText(table, recordId, at),
        interrupted: false,
        changedColumns: undefined,
        sequence: undefined,
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

  private async reversals(
    manager: EntityManager,
    what: { sequence?: string; transactionId?: string; requestId?: string },
  ): Promise<Reversal[]> {
    const [column, value] =
      what.sequence !== undefined
        ? ['sequence', what.sequence]
        : what.transactionId !== undefined
          ? ['transaction_id', what.transactionId]
          : ['request_id', what.requestId];
    const entries = await manager.query<UndoneEntry[]>(
      `SELECT sequence, table_name AS table, record_id AS "recordId", operation,
              old_data::text AS "oldData", new_data::text AS "newData",
              changed_columns AS "changedColumns"
       FROM audit_logs
       WHERE ${column} = $1 AND operation IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')
       ORDER BY sequence`,
      [value],
    );
    if (entries.length === 0) {
      throw new AuditEntryNotFoundError(`the ${column!.replace('_id', '')} ${value}`);
    }
    const truncated = entries.find(({ operation }) => operation === 'TRUNCATE');
    if (truncated !== undefined) {
      throw new UndoImpossibleError(
        `The TRUNCATE of "${truncated.table}" cannot be undone: the trail has no images of its rows. Restore a backup.`,
      );
    }
    const byRecord = new Map<string, UndoneEntry[]>();
    for (const entry of entries) {
      const record = `${entry.table}\0${entry.recordId}`;
      byRecord.set(record, [...(byRecord.get(record) ?? []), entry]);
    }
    return Promise.all(
      [...byRecord.values()].map(async (group) =>
        reversalOf(await this.tables.find(group[0]!.table), group),
      ),
    );
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
