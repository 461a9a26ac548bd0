import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';

/** Values by the stores that have them. */
type Values = ReadonlyMap<object, unknown>;

/** The one storage of the package: Node.js does work for each, at every promise. */
const storage = new AsyncLocalStorage<Values | undefined>();

/** A value that follows every `await`, and that `outsideContext()` leaves behind. */
export interface ContextStorage<T> {
  /** Runs `work` with the value. */
  run<R>(value: T | undefined, work: () => R): R;
  /** Runs `work` with the value, and outside of all else that this package carries along. */
  runAlone<R>(value: T, work: () => R): R;
  /** The value of the code that is running. */
  getStore(): T | undefined;
}

export function createContextStorage<T>(): ContextStorage<T> {
  const store: ContextStorage<T> = {
    run: (value, work) => storage.run(new Map(storage.getStore()).set(store, value), work),
    runAlone: (value, work) => storage.run(new Map([[store, value]]), work),
    getStore: () => storage.getStore()?.get(store) as T | undefined,
  };
  return store;
}

/**
 * Runs `work` outside every request, actor and transaction of this package.
 *
 * Node.js keeps the context in which a socket, a timer or a thread was made, and runs its callbacks there.
 * What serves every request is made outside of all of them.
 */
export function outsideContext<T>(work: () => T): T {
  return storage.run(undefined, work);
}

/** `fn`, which runs in the context of this call, whoever calls it and whenever. */
export function bindContext<F extends (...args: any[]) => unknown>(fn: F): F {
  const resource = new AsyncResource('BoundFunction');
  return function (this: unknown, ...args: unknown[]) {
    return resource.runInAsyncScope(fn, this, ...args);
  } as F;
}
