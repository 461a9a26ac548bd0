import type { EntityManager } from 'typeorm';
import type { AuditedTables } from '../../audited-tables.js';
import { AuditEntryNotFoundError, HistoryPrunedError, TenantMismatchError } from '../../errors.js';
import { prunedAfter, type Pruned } from '../../pruned.js';
import { underNamesOfToday } from '../../renames.js';
import { boundTenants, entriesOfTenants } from '../../tenant-entries.js';
import { AmbiguousTransactionError, UndoImpossibleError } from '../errors.js';
import { isOfKeyUpdate, type UndoneEntry } from './undone-entry.js';
import { isoTime } from '../../../common/iso-time.js';

/** The work to undo: one entry, a transaction, or a request. */
export type UndoneWork =
  | { readonly sequence: string }
  | { readonly transactionId: string; readonly at?: string }
  | { readonly requestId: string };

/**
 * The longest duration of a request, in milliseconds. Entries from longer before its first known entry are
 * not of the request, so it does not matter whether they were pruned.
 */
const longestRequest = 24 * 60 * 60 * 1000;

/** Reads the entries that are to be undone, and checks that none of them may have been pruned. */
export class UndoneEntries {
  constructor(
    private readonly manager: EntityManager,
    private readonly tables: AuditedTables,
  ) {}

  /**
   * The entries under current names, oldest first. For one entry of a changed key, these include the entries
   * among which its counterpart is found.
   *
   * @throws AuditEntryNotFoundError, AmbiguousTransactionError, HistoryPrunedError
   * @throws UndoImpossibleError for a TRUNCATE
   */
  async of(work: UndoneWork): Promise<readonly UndoneEntry[]> {
    const written = await this.written(work);
    const renames = await this.tables.renames();
    const entries = written.map((entry) => underNamesOfToday(entry, renames));
    const truncated = entries.find(({ operation }) => operation === 'TRUNCATE');
    if (truncated !== undefined) {
      throw new UndoImpossibleError(
        `The TRUNCATE of "${truncated.table}" cannot be undone: the trail has no images of its rows. Restore a backup.`,
      );
    }
    return entries;
  }

  private written(work: UndoneWork): Promise<readonly UndoneEntry[]> {
    if ('sequence' in work) return this.ofSequence(work.sequence);
    if ('transactionId' in work) return this.ofTransaction(work.transactionId, work.at);
    return this.ofRequest(work.requestId);
  }

  /** An UPDATE of a key left two entries, which are undone together. */
  private async ofSequence(sequence: string): Promise<readonly UndoneEntry[]> {
    const [entry] = await this.where('sequence = $1', [sequence]);
    if (entry === undefined) throw new AuditEntryNotFoundError(`the sequence ${sequence}`);
    if (!isOfKeyUpdate(entry)) return [entry];
    await this.assertKept(entry.at, entry.table);
    const others = await this.where(
      `transaction_id = $1 AND created_at = $2 AND table_name = $3 AND operation = 'UPDATE'`,
      [entry.transactionId, entry.at, entry.table],
    );
    return others.filter(isOfKeyUpdate);
  }

  private async ofTransaction(id: string, at: string | undefined): Promise<readonly UndoneEntry[]> {
    const entries = await this.where(
      `transaction_id = $1 AND ($2::timestamptz IS NULL OR created_at = $2)`,
      [id, at ?? null],
    );
    if (entries.length === 0) throw new AuditEntryNotFoundError(`the transaction ${id}`);
    await this.assertWhole(entries);
    const times = [...new Set(entries.map((entry) => entry.at))];
    if (times.length > 1) throw new AmbiguousTransactionError(id, times);
    await this.assertKept(times[0]!);
    return entries;
  }

  private async ofRequest(id: string): Promise<readonly UndoneEntry[]> {
    const entries = await this.where('request_id = $1', [id]);
    if (entries.length === 0) throw new AuditEntryNotFoundError(`the request ${id}`);
    await this.assertWhole(entries);
    const first = Math.min(...entries.map(({ at }) => Date.parse(at)));
    await this.assertKept(new Date(first - longestRequest).toISOString());
    return entries;
  }

  private async where(condition: string, parameters: unknown[]): Promise<UndoneEntry[]> {
    return this.manager.query<UndoneEntry[]>(
      `SELECT sequence, table_name AS table, record_id AS "recordId", operation,
              ${isoTime('created_at')} AS at,
              transaction_id AS "transactionId", old_data::text AS "oldData",
              new_data::text AS "newData", changed_columns AS "changedColumns"
       FROM ${entriesOfTenants('audit_logs', boundTenants())}
       WHERE ${condition} AND operation IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')
       ORDER BY sequence`,
      parameters,
    );
  }

  /**
   * Checks that the transactions of the entries wrote no rows but those of the tenants that the caller is bound
   * to. Else a part of the work would be undone.
   *
   * @throws TenantMismatchError
   */
  private async assertWhole(entries: readonly UndoneEntry[]): Promise<void> {
    const bound = boundTenants();
    if (bound === undefined) return;
    const transactions = [...new Set(entries.map(({ transactionId }) => transactionId))];
    const [{ others }] = await this.manager.query<[{ others: boolean }]>(
      'SELECT audit.wrote_for_others($1, $2, $3) AS others',
      [transactions, entries[0]!.at, bound],
    );
    if (others) {
      throw new TenantMismatchError(
        'The transaction also wrote rows of other tenants, or global rows.',
      );
    }
  }

  /** Without `table`, checks all tables, because the tables of pruned entries are unknown. */
  private async assertKept(since: string, table?: string): Promise<void> {
    const [pruned] = await this.manager.query<Pruned[]>(prunedAfter, [
      since,
      table === undefined ? null : [table],
    ]);
    if (pruned === undefined) return;
    throw new HistoryPrunedError(
      pruned.table,
      pruned.before,
      'What is left may not be all that was written. Undo its entries one by one, or restore a backup.',
    );
  }
}
