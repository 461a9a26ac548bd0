import {
  type InsertQueryBuilder,
  type ObjectLiteral,
  type QueryRunner,
  Repository,
  type UpdateQueryBuilder,
} from 'typeorm';
import { TenantContext } from '../../engine/actor/tenant-context.js';
import type { ConnectingDataSource } from '../../engine/connection/connecting.data-source.js';
import type { DatabaseQueryRunner } from '../../engine/connection/database.query-runner.js';
import { entityFromRow } from './entity-from-row.js';

type Row = Record<string, unknown>;

/** Runs an SQL statement that only reads. */
type Read = <R = Row>(sql: string, parameters: unknown[]) => Promise<R[]>;

/** The structured result of TypeORM's query runners. */
interface Structured {
  records: any[];
}

/**
 * The base class of the domains' repositories.
 *
 * `EntityManager.withRepository()` creates copies with the constructor of TypeORM's `Repository`, which
 * subclasses must keep, and copies the instance's fields. Therefore no field may be a function bound to the
 * instance.
 */
export abstract class DomainRepository<E extends ObjectLiteral> extends Repository<E> {
  /**
   * Runs a write of one row. Returns the row as it is now, or null when none was written.
   *
   * @internal
   */
  protected async write(query: InsertQueryBuilder<E> | UpdateQueryBuilder<E>): Promise<E | null> {
    // By default TypeORM reads back only some of the columns, and assigns them to the object that was
    // passed in.
    const { raw } = await query.returning('*').updateEntity(false).execute();
    return this.entityOf(raw as Row[]);
  }

  /**
   * Runs an SQL `INSERT` of one row that ends with `RETURNING *`. Returns the row, or null when none was
   * written.
   *
   * @internal
   */
  protected async insertBySql(sql: string, parameters: unknown[]): Promise<E | null> {
    return this.entityOf(await this.query<Row[]>(sql, parameters));
  }

  /**
   * Runs an SQL statement that only reads. It uses the repository's query runner or the surrounding
   * transaction; without either it runs where TypeORM's reads run, on a replica if there is one. Unlike
   * `query()`, it opens no transaction.
   *
   * @internal
   */
  protected async read<R = Row>(sql: string, parameters?: unknown[]): Promise<R[]> {
    const own = this.queryRunner ?? this.manager.queryRunner;
    const queryRunner = own ?? this.queryRunnerForReads();
    try {
      return ((await queryRunner.query(sql, parameters, true)) as { records: R[] }).records;
    } finally {
      if (own === undefined) await queryRunner.release();
    }
  }

  /**
   * Runs SQL statements that only read. When the time is up, PostgreSQL cancels the running statement with
   * SQLSTATE 57014, and a surrounding transaction is aborted, as after any error. The statements run where
   * `read()` runs them.
   *
   * @internal
   */
  protected async readWithin<T>(timeoutMs: number, work: (read: Read) => Promise<T>): Promise<T> {
    const own = this.queryRunner ?? this.manager.queryRunner;
    const queryRunner = (own ?? this.queryRunnerForReads()) as DatabaseQueryRunner;
    try {
      return await within(timeoutMs, queryRunner, work);
    } finally {
      if (own === undefined) await queryRunner.release();
    }
  }

  private queryRunnerForReads(): QueryRunner {
    const { dataSource } = this.manager;
    return dataSource.createQueryRunner(dataSource.defaultReplicationModeForReads());
  }

  /**
   * Runs `work` with the rows of all tenants. For code that the caller needs before its tenants are known, such
   * as authentication, and for checks of what is unique among all tenants.
   *
   * @internal
   */
  protected everywhere<T>(work: () => T): T {
    return this.hasTenancy ? TenantContext.run('all', work) : work();
  }

  /**
   * Runs `work` with the rows of all tenants if the caller belongs to none, such as a singer. For what the
   * platform does for singers at every customer's venues.
   *
   * @internal
   */
  protected forAnyone<T>(work: () => T): T {
    return TenantContext.current()?.length === 0 ? TenantContext.run('all', work) : work();
  }

  /**
   * The relation to read a table from with operators that are not LEAKPROOF: with tenancy the view of its visible
   * rows, because PostgreSQL uses no index for such operators on a table with policies.
   *
   * @internal
   */
  protected visible(table: string): string {
    return this.hasTenancy ? `audit.visible_${table}` : table;
  }

  /**
   * The tenant of a caller that is restricted to one. A search of its rows is faster with the condition that it
   * has for a customer.
   *
   * @internal
   */
  protected get onlyTenant(): string | undefined {
    const tenants = this.hasTenancy ? TenantContext.current() : undefined;
    return tenants !== 'all' && tenants?.length === 1 ? tenants[0] : undefined;
  }

  /** @internal */
  protected get hasTenancy(): boolean {
    return (this.manager.dataSource as ConnectingDataSource).config.tenancy !== undefined;
  }

  /**
   * The entity of the first row of a `*` result; null without rows.
   *
   * @internal
   */
  protected entityOf([row]: Row[]): E | null {
    return row === undefined ? null : entityFromRow(this, row);
  }
}

/** Each statement gets the remaining time. */
function within<T>(
  timeoutMs: number,
  queryRunner: DatabaseQueryRunner,
  work: (read: Read) => Promise<T>,
): Promise<T> {
  const end = performance.now() + timeoutMs;
  return work(async (sql, parameters) => {
    const timeLeft = Math.max(1, Math.ceil(end - performance.now()));
    return (await queryRunner.queryWithin<Structured>(timeLeft, sql, parameters)).records;
  });
}
