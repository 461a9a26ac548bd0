import type { EntityManager } from 'typeorm';
import type { AuditedTable, AuditedTables } from '../audited-table.js';
import { AuditEntryNotFoundError } from '../errors.js';
import { UndoImpossibleError } from './errors.js';
import { isKeyChange, joinKeyChanges } from './key-changes.js';
import { reversalOf, type Reversal, type UndoneEntry } from './undo-plan.js';

/** One entry, or what a transaction or a request wrote. */
export type UndoneWork =
  | { readonly sequence: string }
  | { readonly transactionId: string }
  | { readonly requestId: string };

/** Reads what is to be undone from the trail. */
export class UndoneWrites {
  constructor(
    private readonly manager: EntityManager,
    private readonly tables: AuditedTables,
  ) {}

  /** @throws AuditEntryNotFoundError, UndoImpossibleError */
  async reversals(work: UndoneWork): Promise<Reversal[]> {
    const [column, value] =
      'sequence' in work
        ? ['sequence', work.sequence]
        : 'transactionId' in work
          ? ['transaction_id', work.transactionId]
          : ['request_id', work.requestId];
    const entries = await this.entriesWhere(`${column} = $1`, [value]);
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
      'sequence' in work ? await this.withOtherKey(entries[0]!) : entries,
    );
    return Promise.all(
      groups
        .filter(({ entries: group }) => entries.some((entry) => has(group, entry)))
        .map(async ({ table, entries: group }) => ({
          ...reversalOf(table, group),
          erasedColumns: await this.erasedColumns(table),
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
  private async withOtherKey(entry: UndoneEntry): Promise<readonly UndoneEntry[]> {
    if (!isKeyChange(entry)) return [entry];
    const others = await this.entriesWhere(
      `transaction_id = $1 AND table_name = $2 AND operation = 'UPDATE'`,
      [entry.transactionId, entry.table],
    );
    return others.filter(isKeyChange);
  }

  private entriesWhere(condition: string, parameters: unknown[]): Promise<UndoneEntry[]> {
    return this.manager.query<UndoneEntry[]>(
      `SELECT sequence, table_name AS table, record_id AS "recordId", operation,
              transaction_id AS "transactionId", old_data::text AS "oldData",
              new_data::text AS "newData", changed_columns AS "changedColumns"
       FROM audit_logs
       WHERE ${condition} AND operation IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')
       ORDER BY sequence`,
      parameters,
    );
  }

  /** Columns of the table that an erasure of personal data went over. */
  async erasedColumns(table: AuditedTable): Promise<string[]> {
    const rows = await this.manager.query<{ name: string }[]>(
      `SELECT DISTINCT jsonb_array_elements_text(new_data->'columns') AS name FROM audit_logs
       WHERE table_name = $1 AND record_id IS NULL AND operation = 'ERASE'`,
      [table.name],
    );
    return rows.map(({ name }) => name);
  }
}

function has(group: readonly UndoneEntry[], { sequence }: UndoneEntry): boolean {
  return group.some((entry) => entry.sequence === sequence);
}
