import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DatabaseDataSource } from '../../connection/database.data-source.js';
import { checkActor, type UserActor } from '../../actor/actor.js';
import { runInTransaction } from '../../transaction/run-in-transaction.js';
import { AuditedTables, type AuditedTarget } from '../audited-table.js';
import { time } from '../history/values.js';
import { PersonErasure } from './person-erasure.js';

export interface PruneOptions {
  /** Entries from before this time go. */
  before: Date | string;
  /** Only this table's. Default: every table's, in which case whole months are dropped first. */
  table?: AuditedTarget;
  /** Entries a transaction. Default: 10 000. */
  batchSize?: number;
  /** Count, and delete nothing. */
  dryRun?: boolean;
  onProgress?: (progress: PruneProgress) => void;
}

export interface PruneProgress {
  readonly table: string;
  readonly deleted: number;
  readonly total: number;
}

export interface PruneResult {
  readonly dryRun: boolean;
  /** Months that were dropped as a whole. */
  readonly droppedPartitions: readonly string[];
  /** Entries deleted, by table, those of dropped months among them; with `dryRun` those that would be. */
  readonly entries: Readonly<Record<string, number>>;
}

/** Makes room in the trail, and takes a person's data out of it. Each leaves an entry of its own. */
@Injectable()
export class AuditRetention {
  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    private readonly tables: AuditedTables,
  ) {}

  /** Makes the partitions of this month and the coming ones; the names of the new ones. */
  async createPartitions(months = 3): Promise<string[]> {
    const rows = await this.database.query<{ name: string }[]>(
      'SELECT audit.create_partitions($1) AS name',
      [months],
    );
    return rows.map(({ name }) => name);
  }

  /** Deletes old entries, oldest first, a batch a transaction, so that it can be stopped at any time. */
  async prune(options: PruneOptions): Promise<PruneResult> {
    const { batchSize = 10_000, dryRun = false } = options;
    const before = time('before', options.before);
    const wholeMonths = options.table === undefined;
    const all = await this.prunable(before, options.table);
    const droppedPartitions = wholeMonths ? await this.dropPartitions(before, dryRun) : [];
    const entries = Object.fromEntries(all.map(({ table, total }) => [table, total]));
    if (dryRun) return { dryRun, droppedPartitions, entries };

    for (const { table, total } of await this.prunable(before, options.table)) {
      let deleted = 0;
      for (;;) {
        const count = await this.pruneBatch(table, before, batchSize);
        if (count === 0) break;
        deleted += count;
        options.onProgress?.({ table, deleted, total: Math.max(total, deleted) });
      }
      entries[table] = (entries[table] ?? 0) - total + deleted;
    }
    return { dryRun, droppedPartitions, entries };
  }

  /**
   * Puts `"[erased]"` for a user's personal data in every image of the user's own records. Entries,
   * their order and their actors stay: the trail still tells what happened, and when.
   *
   * @returns how many entries changed, by table
   */
  async eraseUser(userId: string): Promise<Record<string, number>> {
    const { userId: id } = checkActor({ userId }) as UserActor;
    return runInTransaction(this.database, {}, (manager) =>
      new PersonErasure(manager, this.tables, id.toLowerCase()).run(),
    );
  }

  /** With `dryRun` it only names them. */
  private async dropPartitions(before: Date | string, dryRun: boolean): Promise<string[]> {
    const rows = await this.database.query<{ name: string }[]>(
      `SELECT ${dryRun ? 'audit.months_before' : 'audit.drop_partitions'}($1) AS name`,
      [before],
    );
    return rows.map(({ name }) => name);
  }

  private async prunable(
    before: Date | string,
    target: AuditedTarget | undefined,
  ): Promise<{ table: string; total: number }[]> {
    const table = target === undefined ? null : (await this.tables.find(target)).name;
    const rows = await this.database.read<{ table: string; total: string }>(
      `SELECT table_name AS table, count(*) AS total FROM audit_logs
       WHERE created_at < $1 AND ($2::text IS NULL OR table_name = $2) AND operation NOT IN ('PRUNE', 'ERASE')
       GROUP BY table_name ORDER BY table_name`,
      [before, table],
    );
    return rows.map(({ table, total }) => ({ table, total: Number(total) }));
  }

  private async pruneBatch(table: string, before: Date | string, batch: number): Promise<number> {
    const [{ count }] = await this.database.query<[{ count: number }]>(
      'SELECT audit.prune($1, $2, $3) AS count',
      [table, before, batch],
    );
    return count;
  }
}
