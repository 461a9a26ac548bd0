import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';
import type { IsolationLevel } from 'typeorm/driver/types/IsolationLevel.js';
import { validateIsolationLevel } from 'typeorm/driver/validate-isolation-level.js';
import type { DatabaseDataSource } from '../connection/database.data-source.js';
import { TransactionRequiredError } from './errors.js';
import { RootScope } from './root-scope.js';
import type { ScopedQueryRunner } from './scoped.query-runner.js';
import { currentScope, withScope } from './transaction-context.js';
import type { TransactionScope } from './transaction-scope.js';

/**
 * How code relates to the transaction around it.
 *
 * - `REQUIRED`: joins the open transaction, or begins one.
 * - `REQUIRES_NEW`: always begins one of its own, on a second connection, that ends by itself.
 * - `NESTED`: sets a savepoint in the open transaction, or begins one; a failure undoes only its part.
 * - `MANDATORY`: joins the open transaction, and refuses to run without one.
 */
export type Propagation = 'REQUIRED' | 'REQUIRES_NEW' | 'NESTED' | 'MANDATORY';

export interface TransactionOptions {
  /** Default: `REQUIRED`. */
  propagation?: Propagation;
  /** Default: the server's, which is READ COMMITTED unless somebody changed it. */
  isolationLevel?: IsolationLevel;
  /**
   * How many times to run the whole transaction again after a serialization failure or a deadlock.
   * Counts only where the transaction begins. Default: 0.
   */
  retries?: number;
}

type Work<T> = (manager: EntityManager) => Promise<T>;

/**
 * Runs `work` in a transaction that everything called from it shares: injected repositories, query
 * builders and raw SQL. Commits when `work` resolves, rolls back when it throws.
 *
 * @throws TypeORMError for an isolation level that PostgreSQL does not have
 * @throws TransactionRequiredError for `MANDATORY` without an open transaction
 * @throws PoolTooSmallError for `REQUIRES_NEW` when the transaction around holds the only connection
 * @throws IsolationLevelConflictError when the transaction to join has another isolation level
 */
export async function runInTransaction<T>(
  database: DatabaseDataSource,
  options: TransactionOptions,
  work: Work<T>,
): Promise<T> {
  const { propagation = 'REQUIRED', isolationLevel } = options;
  validateIsolationLevel(database.driver.supportedIsolationLevels, isolationLevel);
  const open = propagation === 'REQUIRES_NEW' ? undefined : currentScope(database);
  if (open === undefined) {
    if (propagation === 'MANDATORY') throw new TransactionRequiredError();
    database.assertConnectionToSpare();
    return await begin(database, options, work);
  }
  if (propagation === 'NESTED') return await runNested(open, isolationLevel, work);
  open.assertJoinable(isolationLevel);
  return await work(open.manager);
}

/**
 * Runs `work` in a savepoint of an open transaction.
 *
 * @param opener the query runner by whose manager it was asked for
 */
export async function runNested<T>(
  open: TransactionScope,
  isolationLevel: IsolationLevel | undefined,
  work: Work<T>,
  opener?: ScopedQueryRunner,
): Promise<T> {
  open.assertJoinable(isolationLevel);
  return await open.nested(
    (scope) => withScope(open.database, scope, () => work(scope.manager)),
    opener,
  );
}

async function begin<T>(
  database: DatabaseDataSource,
  { isolationLevel, retries = 0 }: TransactionOptions,
  work: Work<T>,
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    const scope = new RootScope(database, isolationLevel);
    try {
      return await scope.complete(() => withScope(database, scope, () => work(scope.manager)));
    } catch (error) {
      if (attempt >= retries || !isTransactionConflict(error)) throw error;
      // At random, so that two transactions that met do not meet again.
      await sleep(Math.random() * 20 * 2 ** attempt);
    }
  }
}

/** A serialization failure or a deadlock: the same transaction may succeed when it runs again. */
function isTransactionConflict(error: unknown): boolean {
  // Anything can be thrown, also null.
  const code = (error as { code?: string } | null | undefined)?.code;
  return code === '40001' || code === '40P01';
}
