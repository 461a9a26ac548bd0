import {
  type InsertQueryBuilder,
  type ObjectLiteral,
  Repository,
  type UpdateQueryBuilder,
} from 'typeorm';
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
   * transaction; without either it runs on the primary. Unlike `query()`, it opens no transaction.
   *
   * @internal
   */
  protected async read<R = Row>(sql: string, parameters?: unknown[]): Promise<R[]> {
    const own = this.queryRunner ?? this.manager.queryRunner;
    const queryRunner = own ?? this.manager.dataSource.createQueryRunner();
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
    const queryRunner = (own ?? this.manager.dataSource.createQueryRunner()) as DatabaseQueryRunner;
    try {
      return await within(timeoutMs, queryRunner, work);
    } finally {
      if (own === undefined) await queryRunner.release();
    }
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
