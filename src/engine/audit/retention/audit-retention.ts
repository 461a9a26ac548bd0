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
import type { ArchiveMonth } from '../../config/maintenance-options.js';
import { archiveIn } from './archive-folder.js';
import { Patience, whileBusy, type PatienceOptions } from './while-busy.js';
import { PersonErasure } from './person-erasure.js';
import { peopleHaveUuids, personalTablesOf, type PersonalTable } from './personal-tables.js';

export interface PruneOptions extends PatienceOptions {
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

export type CreatePartitionsOptions = PatienceOptions;

export interface DropMonthsOptions extends PatienceOptions {
  /** Months that end before this time are dropped. */
  before: Date | string;
  /** Keeps a copy of each month before it is dropped: a folder, or a function. Default: none. */
  archive?: string | ArchiveMonth;
}

/** How far the trail has partitions. */
export interface PartitionStatus {
  /** The number of months after this one that have a partition, up to 200. */
  readonly monthsAhead: number;
  /** Whether the default partition has entries. `createPartitions()` moves them to the partition of their month. */
  readonly defaultHasEntries: boolean;
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
   * Creates the partitions of this month and the coming ones, and of earlier ones without a partition whose entries
   * are in the default partition. Returns the names of the new ones.
   *
   * Neither readers nor writers wait for it for more than about 0.1 s. It can be stopped at any time, and continues
   * when it is called again.
   *
   * @param months the number of coming months, 0 to 120; default: 3
   * @throws InvalidCountError
   * @throws TrailBusyError when open transactions use the trail for longer than `patience`
   */
  async createPartitions(months = 3, options: CreatePartitionsOptions = {}): Promise<string[]> {
    checkCount('months', months, { least: 0, most: mostMonths });
    const patience = new Patience(options);
    const made: string[] = [];
    for (;;) {
      // Many entries of the default partition are copied in several steps.
      const [step] = await whileBusy(this.database, patience, (manager) =>
        manager.query<[{ made: string[]; moving: boolean }]>(
          `SELECT ARRAY(SELECT audit.create_partitions($1)) AS made,
                  to_regclass('audit.audit_logs_moving') IS NOT NULL AS moving`,
          [months],
        ),
      );
      made.push(...step.made);
      if (!step.moving) return made;
    }
  }

  /** Returns how far the trail has partitions. The application's role may call it too. */
  async partitionStatus(): Promise<PartitionStatus> {
    const [status] = await this.database.read<PartitionStatus>(
      `SELECT months_ahead AS "monthsAhead", default_has_entries AS "defaultHasEntries"
       FROM audit.partition_status()`,
    );
    return status!;
  }

  /**
   * Drops complete months, oldest first. The trail's own records of pruning and erasure stay. Returns the names of
   * the dropped partitions, and the number of their entries by table.
   *
   * @throws InvalidHistoryQueryError for an invalid time
   * @throws TrailBusyError when open transactions use the trail for longer than `patience`
   */
  async dropMonths(options: DropMonthsOptions): Promise<PruneResult> {
    const patience = new Patience(options);
    const { archive } = options;
    const keep = typeof archive === 'string' ? archiveIn(archive) : archive;
    const droppedPartitions: string[] = [];
    const entries: Record<string, number> = {};
    for (const name of await this.monthsBefore(time('before', options.before))) {
      options.signal?.throwIfAborted();
      if (keep !== undefined && !(await this.isArchived(name, keep))) continue;
      for (const [table, count] of await this.dropMonth(name, patience)) {
        entries[table] = (entries[table] ?? 0) + count;
      }
      droppedPartitions.push(name);
    }
    return { dryRun: false, droppedPartitions, entries };
  }

  /**
   * Deletes old entries, oldest first, with a transaction for each month or batch, so that it can be stopped
   * at any time. The trail's own records of pruning and erasure stay.
   *
   * @throws TableNotAuditedError, InvalidCountError
   * @throws InvalidHistoryQueryError for an invalid time
   * @throws TrailBusyError when open transactions use the trail for longer than `patience`
   * @throws MissingFilterError for a `table` that is undefined or null
   */
  async prune(options: PruneOptions): Promise<PruneResult> {
    const { batchSize = 10_000, dryRun = false } = options;
    checkCount('batchSize', batchSize);
    const patience = new Patience(options);
    checkFilters(options, 'table');
    const before = time('before', options.before);
    const table =
      options.table === undefined ? undefined : (await this.tables.find(options.table)).name;
    if (dryRun) {
      const months = table === undefined ? await this.monthsBefore(before) : [];
      const entries = Object.fromEntries(await this.prunable(before, table));
      return { dryRun, droppedPartitions: months, entries };
    }
    const { droppedPartitions, entries: dropped } =
      table === undefined
        ? await this.dropMonths({ before, patience: options.patience, signal: options.signal })
        : { droppedPartitions: [], entries: {} };
    const entries: Record<string, number> = { ...dropped };
    const add = (name: string, count: number) => (entries[name] = (entries[name] ?? 0) + count);
    for (const [name, total] of await this.prunable(before, table)) {
      let deleted = 0;
      for (;;) {
        const count = await this.pruneBatch(name, before, batchSize, patience);
        if (count === 0) break;
        deleted += count;
        options.onProgress?.({ table: name, deleted, total: Math.max(total, deleted) });
      }
      add(name, deleted);
    }
    return { dryRun, droppedPartitions, entries };
  }

  /**
   * Replaces a person's data by `"[erased]"` in every image of the person's own records. Entries, their order
   * and their actors stay, so the trail still tells what happened, and when.
   *
   * The reasons and contexts of these entries are erased too, and of entries that others made on behalf of the
   * person. Of what the person did elsewhere, the address and the user agent are erased.
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

  private async dropMonth(month: string, patience: Patience): Promise<[string, number][]> {
    const rows = await whileBusy(this.database, patience, (manager) =>
      manager.query<{ table: string; entries: string }[]>(
        'SELECT pruned_table AS table, entries FROM audit.drop_month($1)',
        [month],
      ),
    );
    return rows.map(({ table, entries }) => [table, Number(entries)]);
  }

  /** Keeps a copy of a month. Returns false if another process has dropped it meanwhile. */
  private async isArchived(name: string, keep: ArchiveMonth): Promise<boolean> {
    try {
      await keep({ name, lines: this.linesOf(name) });
      return true;
    } catch (error) {
      if (await this.hasMonth(name)) throw error;
      return false;
    }
  }

  private async hasMonth(name: string): Promise<boolean> {
    return (await this.monthsBefore('infinity')).includes(name);
  }

  /** The entries of a month, a page at a time. */
  private async *linesOf(month: string): AsyncGenerator<string> {
    const [, year, number] = /(\d{4})_(\d{2})$/.exec(month)!;
    const from = new Date(Date.UTC(Number(year), Number(number) - 1));
    const until = new Date(Date.UTC(Number(year), Number(number)));
    let last = '-9223372036854775808';
    for (;;) {
      const rows = await this.database.read<{ line: string; sequence: string }>(
        `SELECT row_to_json(l)::text AS line, l.sequence FROM audit_logs l
         WHERE l.created_at >= $1 AND l.created_at < $2 AND l.sequence > $3 ORDER BY l.sequence LIMIT 1000`,
        [from, until, last],
      );
      for (const { line } of rows) yield line;
      if (rows.length === 0) {
        // If another process dropped it while it was read, the copy would not be complete.
        if (await this.hasMonth(month)) return;
        throw new Error(`${month} has been dropped meanwhile`);
      }
      last = rows.at(-1)!.sequence;
    }
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

  private async pruneBatch(
    table: string,
    before: Date | string,
    batch: number,
    patience: Patience,
  ): Promise<number> {
    const [{ count }] = await whileBusy(this.database, patience, (manager) =>
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
