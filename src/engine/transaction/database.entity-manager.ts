import { EntityManager } from 'typeorm';
import type { IsolationLevel } from 'typeorm/driver/types/IsolationLevel.js';
import { runInTransaction, runNested } from './run-in-transaction.js';
import { ScopedQueryRunner } from './scoped.query-runner.js';
import type { DatabaseDataSource } from './database.data-source.js';

type Work<T> = (manager: EntityManager) => Promise<T>;

/** TypeORM's entity manager. Injected repositories take part in its `transaction()`. */
export class DatabaseEntityManager extends EntityManager {
  declare readonly dataSource: DatabaseDataSource;

  override transaction<T>(work: Work<T>): Promise<T>;
  override transaction<T>(isolationLevel: IsolationLevel, work: Work<T>): Promise<T>;
  override transaction<T>(first: IsolationLevel | Work<T>, second?: Work<T>): Promise<T> {
    const [isolationLevel, work] =
      typeof first === 'string' ? [first, second!] : [undefined, first];
    const { queryRunner } = this;
    if (queryRunner instanceof ScopedQueryRunner && !queryRunner.hasOutlived) {
      // Nested in the transaction of this manager, whatever transaction the caller is in.
      return runNested(queryRunner.activeScope, isolationLevel, work, queryRunner);
    }
    if (queryRunner === undefined) {
      return runInTransaction(this.dataSource, { propagation: 'NESTED', isolationLevel }, work);
    }
    // The manager of a query runner that the application created: the transaction uses that query runner.
    return isolationLevel === undefined
      ? super.transaction(work)
      : super.transaction(isolationLevel, work);
  }
}
