import { createContextStorage } from '../common/context-storage.js';
import type { DatabaseDataSource } from './database.data-source.js';
import type { RootScope } from './root-scope.js';
import type { TransactionScope } from './transaction-scope.js';

/**
 * The transaction that some code runs in; `scope` is undefined where code left the transaction on purpose.
 */
interface Frame {
  readonly database: DatabaseDataSource;
  readonly scope: TransactionScope | undefined;
  readonly outer: Frame | undefined;
}

const storage = createContextStorage<Frame>();

/** Runs `work` in the given transaction; with `undefined`, outside the current one. */
export function withScope<T>(
  database: DatabaseDataSource,
  scope: TransactionScope | undefined,
  work: () => T,
): T {
  return storage.run({ database, scope, outer: storage.getStore() }, work);
}

/**
 * The transaction of a data source that the running code is part of. A committed transaction does not count.
 * A transaction that was rolled back counts until its own work has ended, and refuses statements of that
 * work. Code that runs in its context later, such as a timer, is not part of it.
 */
export function currentScope(database: DatabaseDataSource): TransactionScope | undefined {
  return innermostScope(database, (scope) => scope.isOpen || scope.refuses);
}

/** The transaction whose commit `afterCommit()` waits for: unlike `currentScope()`, it may be committing. */
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

/**
 * How many connections the transactions around the running code hold, and the innermost of these
 * transactions.
 */
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

/** Whether a transaction around the running code holds a connection, also one that the code has left. */
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

/** The data source of the current request or transaction, if any. */
export function currentDatabase(): DatabaseDataSource | undefined {
  return storage.getStore()?.database;
}
