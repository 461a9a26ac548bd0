import { AsyncLocalStorage } from 'node:async_hooks';
import type { DatabaseDataSource } from '../connection/database.data-source.js';
import type { TransactionScope } from './transaction-scope.js';

/** The transaction around some code; `scope` is undefined where the code runs outside it on purpose. */
interface Frame {
  readonly database: DatabaseDataSource;
  readonly scope: TransactionScope | undefined;
  readonly outer: Frame | undefined;
}

const storage = new AsyncLocalStorage<Frame>();

/** Runs `work` inside a transaction, or with `undefined` outside the one around it. */
export function withScope<T>(
  database: DatabaseDataSource,
  scope: TransactionScope | undefined,
  work: () => T,
): T {
  return storage.run({ database, scope, outer: storage.getStore() }, work);
}

/**
 * The transaction that code runs in, on one data source. One that has committed is none: what comes
 * after it is new work. One that was rolled back stays, and refuses what comes after it.
 */
export function currentScope(database: DatabaseDataSource): TransactionScope | undefined {
  return innermostScope(database, (scope) => scope.isOpen || scope.isRolledBack);
}

/** The same, or the transaction whose COMMIT is on the way: what waits for it has to wait for the answer. */
export function scopeToCommit(database: DatabaseDataSource): TransactionScope | undefined {
  return innermostScope(
    database,
    (scope) => scope.isOpen || scope.isRolledBack || scope.isCommitting,
  );
}

function innermostScope(
  database: DatabaseDataSource,
  counts: (scope: TransactionScope) => boolean,
): TransactionScope | undefined {
  for (let frame = storage.getStore(); frame !== undefined; frame = frame.outer) {
    if (frame.database !== database) continue;
    if (frame.scope === undefined) return undefined;
    if (counts(frame.scope)) return frame.scope;
  }
  return undefined;
}

/** Whether a transaction further out holds a connection, which code outside it must do without. */
export function isSuspendedAround(database: DatabaseDataSource): boolean {
  for (let frame = storage.getStore(); frame !== undefined; frame = frame.outer) {
    if (frame.database === database && frame.scope?.hasBegun) return true;
  }
  return false;
}

/** The data source of the request or transaction that code runs in, if any. */
export function currentDatabase(): DatabaseDataSource | undefined {
  return storage.getStore()?.database;
}
