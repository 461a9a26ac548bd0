import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { EntityManager } from 'typeorm';
import { checkCount } from '../../common/check-count.js';
import { checkFilters } from '../../common/check-filters.js';
import { isUuid } from '../../common/uuid.js';
import type { DatabaseDataSource } from '../../connection/database.data-source.js';
import { checkActor, type UserActor } from '../../actor/actor.js';
import { MalformedActorError } from '../../actor/errors.js';
import { runInTransaction } from '../../transaction/run-in-transaction.js';
import type { AuditedTarget } from '../audited-table.js';
import { AuditedTables } from '../audited-tables.js';
import { nameOfEntity } from '../entity-of-table.js';
import { time } from '../check-query-values.js';
import { withoutStatementTimeout } from '../without-statement-timeout.js';
import { PersonErasure } from './person-erasure.js';
import { peopleHaveUuids, personalTablesOf, type PersonalTable } from './personal-tables.js';

export interface PruneOptions {
  /** Entries from before this time go. */
  before: Date | string;
  /** Only this table's. Default: every table's, in which case whole months are dropped first. */
  table?: AuditedTarget;
  /** Entries a transaction, 1 to 1,000,000. Default: 10,000. */
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

export interface ErasureResult {
  /** How many entries changed, by table. */
  readonly entries: Readonly<Record<string, number>>;
  /**
   * Tables of the application's own that say nothing of personal data, and subjects of its own entries, which
   * nobody looked through: what they say of the person is still there. So is what an entry has under a former
   * name of a table that is another table's now.
   */
  readonly notLookedAt: readonly string[];
}

/** Ten years. More is a mistake, such as a year in place of a number of months. */
const mostMonths = 120;

/** Makes room in the trail, and takes a person's data out of it. Each leaves an entry of its own. */
@Injectable()
export class AuditRetention {
  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    private readonly tables: AuditedTables,
  ) {}

  /**
   * Makes the partitions of this month and the coming ones; the names of the new ones.
   *
   * @param months how many are to come: 0 to 120
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
   * Deletes old entries, oldest first, a month or a batch a transaction, so that it can be stopped at any
   * time. The trail's own records of pruning and erasure stay.
   *
   * @throws TableNotAuditedError, InvalidHistoryQueryError for a time that is none, InvalidCountError
   * @throws MissingFilterError for a table that is there and has no value
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
   * Puts `"[erased]"` for a person's data in every image of the person's own records. Entries, their order and
   * their actors stay: the trail still tells what happened, and when.
   *
   * What is personal, and whose, the entities say: `@Personal()`, `@Person()` and `@PersonalRecord()`. The
   * result names the application's own tables that say nothing.
   *
   * @throws MalformedActorError, InvalidPersonalDataError
   * @throws TableNotAuditedError when records are found by those of a table that has no trail
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
        // PostgreSQL writes a UUID in small letters; in another id a letter's size may matter.
        isUuid(id) ? id.toLowerCase() : id,
      );
      const { entries, lookedAt } = await erasure.run(declared);
      return { entries, notLookedAt: await this.namesNotLookedAt(manager, declared, lookedAt) };
    });
  }

  /** Names that the trail has of tables, but for the package's own, whose entities say where there is something. */
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
