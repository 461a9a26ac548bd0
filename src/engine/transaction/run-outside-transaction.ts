import type { DatabaseDataSource } from './database.data-source.js';
import { withScope } from './transaction-context.js';

/**
 * Runs `work` outside the current transaction, on other connections.
 *
 * The first query throws PoolTooSmallError when that transaction holds the pool's only connection.
 */
export function runOutsideTransaction<T>(database: DatabaseDataSource, work: () => T): T {
  return withScope(database, undefined, work);
}
