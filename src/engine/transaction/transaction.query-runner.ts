import { DatabaseQueryRunner } from '../connection/database.query-runner.js';
import { Turn } from '../connection/turn.js';
import type { DatabaseDataSource } from './database.data-source.js';

/**
 * The query runner on the connection of a transaction. The scopes of the transaction queue its statements, so
 * that it needs no queue of its own.
 */
export class TransactionQueryRunner extends DatabaseQueryRunner {
  constructor(database: DatabaseDataSource) {
    super(database, 'master');
    Object.assign(this, { manager: database.createEntityManager(this) });
  }

  protected override inTurn<T>(work: () => Promise<T>): Promise<T> {
    return Turn.current(this)?.queue.run(work) ?? work();
  }
}
