import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';
import type { IsolationLevel } from 'typeorm/driver/types/IsolationLevel.js';
import { validateIsolationLevel } from 'typeorm/driver/validate-isolation-level.js';
import { pauseForServer } from '../connection/back-off.js';
import { CommitUnknownError } from '../connection/errors.js';
import { isLossBeforeCommit } from '../connection/lost-connection.js';
import type { DatabaseDataSource } from './database.data-source.js';
import { TransactionRequiredError } from './errors.js';
import { RootScope } from './root-scope.js';
import type { ScopedQueryRunner } from './scoped.query-runner.js';
import { currentScope, withScope } from './transaction-context.js';
import type { TransactionScope } from './transaction-scope.js';

/**
 * How code relates to the current transaction.
 *
 * - `REQUIRED`: joins the open transaction, or begins one.
 * - `REQUIRES_NEW`: always begins a transaction of its own, on a second connection, which commits
 *   independently.
 * - `NESTED`: sets a savepoint in the open transaction, or begins one. A failure undoes this part only.
 * - `MANDATORY`: joins the open transaction, and fails without one.
 */
export type Propagation = 'REQUIRED' | 'REQUIRES_NEW' | 'NESTED' | 'MANDATORY';

export interface TransactionOptions {
  /** Default: `REQUIRED`. */
  propagation?: Propagation;
  /** Default: that of the server, usually READ COMMITTED. */
  isolationLevel?: IsolationLevel;
  /**
   * How often to run the whole transaction again after a serialization failure, a deadlock, or the loss of its
   * connection before COMMIT was sent. It has no effect when the code joins an open transaction. Default: 0.
   */
  retries?: number;
}

type Work<T> = (manager: EntityManager) => Promise<T>;

/**
 * Runs `work` in a transaction. All code that `work` calls takes part in it: injected repositories, query
 * builders and raw SQL. Commits when `work` resolves, and rolls back when it throws.
 *
 * @throws TypeORMError for an isolation level that PostgreSQL does not have
 * @throws TransactionRequiredError for `MANDATORY` without an open transaction
 * @throws PoolTooSmallError for `REQUIRES_NEW` when the current transaction holds the only connection
 * @throws IsolationLevelConflictError when the open transaction has another isolation level
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
 * @param opener the query runner whose manager was called, if any
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
  const observed = database.telemetry?.transaction();
  for (let attempt = 0; ; attempt++) {
    const scope = new RootScope(database, isolationLevel, observed);
    try {
      return await scope.complete(() => withScope(database, scope, () => work(scope.manager)));
    } catch (error) {
      const pause = pauseBeforeRetry(error, attempt);
      if (attempt >= retries || pause === undefined) {
        const outcome = error instanceof CommitUnknownError ? 'unknown' : 'rolled_back';
        observed?.ended(outcome, error);
        throw error;
      }
      observed?.retrying(error);
      await sleep(pause);
    }
  }
}

/** SQLSTATEs of a serialization failure and of a deadlock, after which the same transaction may succeed. */
const conflicts = new Set(['40001', '40P01']);

/** How long to wait before another attempt, in milliseconds; undefined when it would fail in the same way. */
function pauseBeforeRetry(error: unknown, attempt: number): number | undefined {
  // Code can throw any value, also null.
  const code = (error as { code?: string } | null | undefined)?.code;
  // A random pause, so that two transactions do not conflict again.
  if (code !== undefined && conflicts.has(code)) return Math.random() * 20 * 2 ** attempt;
  return isLossBeforeCommit(error) ? pauseForServer(attempt + 1) : undefined;
}
