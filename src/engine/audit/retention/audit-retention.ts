import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { EntityManager } from 'typeorm';
import { checkCount } from '../../common/check-count.js';
import { checkFilters } from '../../common/check-filters.js';
import { isUuid } from '../../common/uuid.js';
import type { DatabaseDataSource } from '../../transaction/database.data-source.js';
import { checkActor, type UserActor } from '../../actor/actor.js';
import { MalformedActorError } from '../../actor/errors.js';
import { forgetAnswersOf } from '../../idempotency/stored-answers.js';
import { runInTransaction } from '../../transaction/run-in-transaction.js';
import type { AuditedTarget } from '../audited-table.js';
import { AuditedTables } from '../audited-tables.js';
import { nameOfEntity } from '../entity-of-table.js';
import { time } from '../check-query-values.js';
import { withoutStatementTimeout } from '../without-statement-timeout.js';
import { PersonErasure } from './person-erasure.js';
import { peopleHaveUuids, personalTablesOf, type PersonalTable } from './personal-tables.js';

export interface PruneOptions {
  /** Entries from before this time are deleted. */
  before: Date | string;
  /**
   * Only entries of this table are deleted. Default: entries of all tables, and whole months are dropped
   * first.
   */
  table?: AuditedTarget;
  /** The number of entries deleted in a transaction, 1 to 1,000,000. Default: 10,000. */
  batchSize?: number;
  /** Only counts the entries, and deletes nothing. Default: false. */
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
  /** Monthly partitions that were dropped as a whole; with `dryRun`, those that would be. */
  readonly droppedPartitions: readonly string[];
  /**
   * The number of deleted entries by table, including those of dropped months; with `dryRun`, of those that
   * would be deleted.
   */
  readonly entries: Readonly<Record<string, number>>;
}

export interface ErasureResult {
  /** The number of changed entries, by table. */
  readonly entries: Readonly<Record<string, number>>;
  /**
   * Names in the trail whose entries were not searched, so that data about the person may still be there:
   * tables of the application that declare no personal data, subjects of the application's own entries, and
   * former names of a table that another table has now.
   */
  readonly notLookedAt: readonly string[];
}

/** Ten years. A larger number is a mistake, such as a year in place of a number of months. */
const mostMonths = 120;

/**
 * Maintains the trail: creates partitions, prunes entries, and erases a person's data. Pruning and erasure
 * leave entries of their own.
 */
@Injectable()
export class AuditRetention {
  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    private readonly tables: AuditedTables,
  ) {}

  /**
   * Creates the partitions of this month and the coming ones. Returns the names of the new ones.
   *
   * @param months the number of coming months, 0 to 120; default: 3
   * @throws InvalidCountError
   */
  async createPartitions(months = 3): Promise<string[]> {
    checkCount('months', months, { least: 0, most: mostMonths });
    const rows = await this.inLongTransaction((manager) =>
      manager.query<{ name: string }[]>('SELECT audit.create_partitions($1) AS name', [months]),
    );
    return rows.map(({ name }) => name);
  }

  /**
   * Deletes old entries, oldest first, with a transaction for each month or batch, so that it can be stopped
   * at any time. The trail's own records of pruning and erasure stay.
   *
   * @throws TableNotAuditedError, InvalidCountError
   * @throws InvalidHistoryQueryError for an invalid time
   * @throws MissingFilterError for a `table` that is undefined or null
   */
  async prune(options: PruneOptions): Promise<PruneResult> {
    const { batchSize = 10_000, dryRun = false } = options;
    checkCount('batchSize', batchSize);
    checkFilters(options, 'table');
    const before = time('before', options.before);
    const table =
      options.table === undefined ? undefined : (await this.tables.find(options.table)).name;
    const months = table === undefined ? await this.monthsBefore(before) : [];
    if (dryRun) {
      const entries = Object.fromEntries(await this.prunable(before, table));
      return { dryRun, droppedPartitions: months, entries };
    }
    const entries: Record<string, number> = {};
    const add = (name: string, count: number) => (entries[name] = (entries[name] ?? 0) + count);
    for (const month of months) {
      for (const [name, count] of await this.dropMonth(month)) add(name, count);
    }
    for (const [name, total] of await this.prunable(before, table)) {
      let deleted = 0;
      for (;;) {
        const count = await this.pruneBatch(name, before, batchSize);
        if (count === 0) break;
        deleted += count;
        options.onProgress?.({ table: name, deleted, total: Math.max(total, deleted) });
      }
      add(name, deleted);
    }
    return { dryRun, droppedPartitions: months, entries };
  }

  /**
   * Replaces a person's data by `"[erased]"` in every image of the person's own records. Entries, their order
   * and their actors stay, so the trail still tells what happened, and when.
   *
   * The decorators `@Personal()`, `@Person()` and `@PersonalRecord()` on the entities tell which data is
   * personal, and whose. The result names the application's own tables without such decorators.
   *
   * It also deletes the answers that are stored for retries of the person's requests (`@Idempotent()`).
   *
   * @throws MalformedActorError, InvalidPersonalDataError
   * @throws TableNotAuditedError when records are found through those of a table that has no trail
   */
  async eraseUser(userId: string): Promise<ErasureResult> {
    const { userId: id } = checkActor({ userId }) as UserActor;
    if (peopleHaveUuids(this.database) && !isUuid(id)) {
      throw new MalformedActorError('The user’s id is not a UUID, as the keys of users are.');
    }
    const declared = personalTablesOf(this.database);
    return this.inLongTransaction(async (manager) => {
      const erasure = new PersonErasure(
        manager,
        this.tables,
        // PostgreSQL writes a UUID in lower case. Another id may be case-sensitive.
        isUuid(id) ? id.toLowerCase() : id,
      );
      const { entries, lookedAt } = await erasure.run(declared);
      await forgetAnswersOf(manager, id);
      return { entries, notLookedAt: await this.namesNotLookedAt(manager, declared, lookedAt) };
    });
  }

  /**
   * Table names in the trail that were not searched, without the package's own tables that have no personal
   * data.
   */
  private async namesNotLookedAt(
    manager: EntityManager,
    declared: readonly PersonalTable[],
    lookedAt: readonly string[],
  ): Promise<string[]> {
    const hosts = new Set(this.database.hostEntities);
    const ours = this.database.entityMetadatas
      .filter((metadata) => !hosts.has(metadata))
      .map(nameOfEntity)
      .filter((name) => !declared.some(({ table }) => table === name));
    const rows = await manager.query<{ name: string }[]>(
      `SELECT DISTINCT table_name AS name FROM audit_logs WHERE table_name <> ALL ($1) ORDER BY 1`,
      [[...ours, ...lookedAt]],
    );
    return rows.map(({ name }) => name);
  }

  private async monthsBefore(before: Date | string): Promise<string[]> {
    const rows = await this.database.read<{ name: string }>(
      'SELECT audit.months_before($1) AS name',
      [before],
    );
    return rows.map(({ name }) => name);
  }

  private dropMonth(month: string): Promise<[table: string, entries: number][]> {
    return this.counted('SELECT pruned_table AS table, entries FROM audit.drop_month($1)', [month]);
  }

  private prunable(
    before: Date | string,
    table: string | undefined,
  ): Promise<[table: string, entries: number][]> {
    return this.counted(
      `SELECT table_name AS table, count(*) AS entries FROM audit_logs
       WHERE created_at < $1 AND ($2::text IS NULL OR table_name = $2) AND operation NOT IN ('PRUNE', 'ERASE')
       GROUP BY table_name ORDER BY table_name`,
      [before, table ?? null],
    );
  }

  private async counted(sql: string, parameters: unknown[]): Promise<[string, number][]> {
    const rows = await this.inLongTransaction((manager) =>
      manager.query<{ table: string; entries: string }[]>(sql, parameters),
    );
    return rows.map(({ table, entries }) => [table, Number(entries)]);
  }

  private async pruneBatch(table: string, before: Date | string, batch: number): Promise<number> {
    const [{ count }] = await this.inLongTransaction((manager) =>
      manager.query<[{ count: number }]>('SELECT audit.prune($1, $2, $3) AS count', [
        table,
        before,
        batch,
      ]),
    );
    return count;
  }

  private inLongTransaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return runInTransaction(this.database, {}, (manager) =>
      withoutStatementTimeout(manager, () => work(manager)),
    );
  }
}
