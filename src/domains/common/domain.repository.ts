import {
  type InsertQueryBuilder,
  type ObjectLiteral,
  Repository,
  type UpdateQueryBuilder,
} from 'typeorm';
import { entityFromRow } from './entity-from-row.js';

type Row = Record<string, unknown>;

/**
 * A repository of a domain.
 *
 * `EntityManager.withRepository()` makes its copies through the constructor of TypeORM's `Repository`, which
 * no repository replaces, and copies what else an instance has: no field may be a function bound to it.
 */
export abstract class DomainRepository<E extends ObjectLiteral> extends Repository<E> {
  /**
   * Runs a write of one row; the row as it is now, or null when none was written.
   *
   * @internal
   */
  protected async write(query: InsertQueryBuilder<E> | UpdateQueryBuilder<E>): Promise<E | null> {
    // TypeORM would read back some of the columns, into what was passed to it.
    const { raw } = await query.returning('*').updateEntity(false).execute();
    return this.entityOf(raw as Row[]);
  }

  /**
   * Runs an `INSERT` of one row in SQL that ends with `RETURNING *`; the row, or null when none was written.
   *
   * @internal
   */
  protected async insertBySql(sql: string, parameters: unknown[]): Promise<E | null> {
    return this.entityOf(await this.query<Row[]>(sql, parameters));
  }

  /**
   * The rows of a statement in SQL that only reads: on the repository's own query runner, in the transaction
   * around, or on its own on the primary. Past `query()`, which gives what may write a transaction of its own.
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
   * The entity of the first of rows that `*` gave, if there is one.
   *
   * @internal
   */
  protected entityOf([row]: Row[]): E | null {
    return row === undefined ? null : entityFromRow(this, row);
  }
}
