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
import { isKeyChange, joinKeyChanges } from './key-changes.js';
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
        targetId: recordId,
        expected: await this.currentImage(manager, table, recordId),
        target: await this.asOf.imageText(table, recordId, at),
        interrupted: false,
        changedColumns: undefined,
        keepsSecrets: true,
        erasedColumns: await this.erasedColumns(manager, table),
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
    const entries = await this.entriesWhere(manager, `${column} = $1`, [value]);
    if (entries.length === 0) {
      throw new AuditEntryNotFoundError(`the ${column.replace('_id', '')} ${value}`);
    }
    const truncated = entries.find(({ operation }) => operation === 'TRUNCATE');
    if (truncated !== undefined) {
      throw new UndoImpossibleError(
        `The TRUNCATE of "${truncated.table}" cannot be undone: the trail has no images of its rows. Restore a backup.`,
      );
    }
    const groups = await this.byRecord(
      what.sequence === undefined ? entries : await this.withOtherKey(manager, entries[0]!),
    );
    return Promise.all(
      groups
        .filter(({ entries: group }) => entries.some((entry) => has(group, entry)))
        .map(async ({ table, entries: group }) => ({
          ...reversalOf(table, group),
          erasedColumns: await this.erasedColumns(manager, table),
        })),
    );
  }

  private async byRecord(
    entries: readonly UndoneEntry[],
  ): Promise<{ table: AuditedTable; entries: readonly UndoneEntry[] }[]> {
    const byTable = new Map<string, Map<string, UndoneEntry[]>>();
    for (const entry of entries) {
      const records = byTable.get(entry.table) ?? new Map<string, UndoneEntry[]>();
      byTable.set(entry.table, records);
      records.set(entry.recordId, [...(records.get(entry.recordId) ?? []), entry]);
    }
    const found = [...byTable].map(async ([name, records]) => {
      const table = await this.tables.find(name);
      return joinKeyChanges(table, [...records.values()]).map((group) => ({
        table,
        entries: group,
      }));
    });
    return (await Promise.all(found)).flat();
  }

  /** An UPDATE of a key left two entries, which are undone together. */
  private async withOtherKey(
    manager: EntityManager,
    entry: UndoneEntry,
  ): Promise<readonly UndoneEntry[]> {
    if (!isKeyChange(entry)) return [entry];
    const others = await this.entriesWhere(
      manager,
      `transaction_id = $1 AND table_name = $2 AND operation = 'UPDATE'`,
      [entry.transactionId, entry.table],
    );
    return others.filter(isKeyChange);
  }

  private entriesWhere(
    manager: EntityManager,
    condition: string,
    parameters: unknown[],
  ): Promise<UndoneEntry[]> {
    return manager.query<UndoneEntry[]>(
      `SELECT sequence, table_name AS table, record_id AS "recordId", operation,
              transaction_id AS "transactionId", old_data::text AS "oldData",
              new_data::text AS "newData", changed_columns AS "changedColumns"
       FROM audit_logs
       WHERE ${condition} AND operation IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')
       ORDER BY sequence`,
      parameters,
    );
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
      [table.name, recordId, at],
    );
    return sequence ?? undefined;
  }

  private async erasedColumns(manager: EntityManager, table: AuditedTable): Promise<string[]> {
    const rows = await manager.query<{ name: string }[]>(
      `SELECT DISTINCT jsonb_array_elements_text(new_data->'columns') AS name FROM audit_logs
       WHERE table_name = $1 AND record_id IS NULL AND operation = 'ERASE'`,
      [table.name],
    );
    return rows.map(({ name }) => name);
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

function has(group: readonly UndoneEntry[], { sequence }: UndoneEntry): boolean {
  return group.some((entry) => entry.sequence === sequence);
}
