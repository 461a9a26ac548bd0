import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';
import type { IsolationLevel } from 'typeorm/driver/types/IsolationLevel.js';
import type { DatabaseDataSource } from '../connection/database.data-source.js';
import {
  IsolationLevelConflictError,
  TransactionEndedError,
  TransactionRequiredError,
} from './errors.js';
import { currentScope, withScope } from './transaction-context.js';
import { RootScope, type TransactionScope } from './transaction-scope.js';

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
 * @throws TransactionRequiredError for `MANDATORY` without an open transaction
 * @throws PoolTooSmallError for `REQUIRES_NEW` when the transaction around holds the only connection
 * @throws IsolationLevelConflictError when the transaction to join has another isolation level
 */
export async function runInTransaction<T>(
  database: DatabaseDataSource,
  options: TransactionOptions,
  work: Work<T>,
): Promise<T> {
  const { propagation = 'REQUIRED' } = options;
  const open = propagation === 'REQUIRES_NEW' ? undefined : currentScope(database);
  if (open === undefined) {
    if (propagation === 'MANDATORY') throw new TransactionRequiredError();
    database.assertConnectionToSpare();
    return begin(database, options, work);
  }
  if (propagation === 'NESTED') return runNested(open, options.isolationLevel, work);
  assertJoinable(open, options.isolationLevel);
  return work(open.manager);
}

/** Runs `work` in a savepoint of an open transaction. */
export async function runNested<T>(
  open: TransactionScope,
  isolationLevel: IsolationLevel | undefined,
  work: Work<T>,
): Promise<T> {
  assertJoinable(open, isolationLevel);
  return open.nested((scope) => withScope(open.database, scope, () => work(scope.manager)));
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

function assertJoinable(open: TransactionScope, wanted: IsolationLevel | undefined): void {
  if (open.isRolledBack) throw new TransactionEndedError();
  if (wanted === undefined || wanted === open.isolationLevel) return;
  throw new IsolationLevelConflictError(wanted, open.isolationLevel ?? "the server's default");
}
