import { createContextStorage } from '../common/context-storage.js';
import type { DatabaseDataSource } from '../connection/database.data-source.js';
import type { RootScope } from './root-scope.js';
import type { TransactionScope } from './transaction-scope.js';

/** The transaction around some code; `scope` is undefined where the code runs outside it on purpose. */
interface Frame {
  readonly database: DatabaseDataSource;
  readonly scope: TransactionScope | undefined;
  readonly outer: Frame | undefined;
}

const storage = createContextStorage<Frame>();

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
 * after it is new work. One that was rolled back stays until its own work has come to an end, and refuses
 * what that goes on to do. Later code in its context, such as a timer, is none of its own.
 */
export function currentScope(database: DatabaseDataSource): TransactionScope | undefined {
  return innermostScope(database, (scope) => scope.isOpen || scope.refuses);
}

/** The same, or the transaction whose COMMIT is on the way: what waits for it has to wait for the answer. */
export function scopeToCommit(database: DatabaseDataSource): TransactionScope | undefined {
  return innermostScope(database, (scope) => scope.isOpen || scope.refuses || scope.isCommitting);
}

function innermostScope(
  database: DatabaseDataSource,
  counts: (scope: TransactionScope) => boolean,
): TransactionScope | undefined {
  for (const { scope } of framesOf(database)) {
    if (scope === undefined) return undefined;
    if (counts(scope)) return scope;
  }
  return undefined;
}

/** How many connections the code around holds, which further ones must do without, and the innermost that does. */
export function heldConnections(database: DatabaseDataSource): {
  depth: number;
  holder: RootScope | undefined;
} {
  const holders = new Set<RootScope>();
  for (const { scope } of framesOf(database)) {
    if (scope?.root.holdsConnection) holders.add(scope.root);
  }
  const [holder] = holders;
  return { depth: holders.size, holder };
}

/** Whether a transaction further out holds a connection, which code outside it must do without. */
export function isSuspendedAround(database: DatabaseDataSource): boolean {
  for (const { scope } of framesOf(database)) {
    if (scope?.hasBegun) return true;
  }
  return false;
}

function* framesOf(database: DatabaseDataSource): Iterable<Frame> {
  for (let frame = storage.getStore(); frame !== undefined; frame = frame.outer) {
    if (frame.database === database) yield frame;
  }
}

/** The data source of the request or transaction that code runs in, if any. */
export function currentDatabase(): DatabaseDataSource | undefined {
  return storage.getStore()?.database;
}
