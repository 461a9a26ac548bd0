import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';

const storages: AsyncLocalStorage<any>[] = [];

/** A store that follows every `await`, and that `outsideContext()` leaves behind. */
export function createContextStorage<T>(): AsyncLocalStorage<T> {
  const storage = new AsyncLocalStorage<T>();
  storages.push(storage);
  return storage;
}

/**
 * Runs `work` outside every request, actor and transaction of this package.
 *
 * Node.js keeps the context in which a socket, a timer or a thread was made, and runs its callbacks there.
 * What serves every request is made outside of all of them.
 */
export function outsideContext<T>(work: () => T): T {
  const nested = storages.reduce<() => T>(
    (inner, storage) => () => storage.run(undefined, inner),
    work,
  );
  return nested();
}

/** `fn`, which runs in the context of this call, whoever calls it and whenever. */
export function bindContext<F extends (...args: any[]) => unknown>(fn: F): F {
  const resource = new AsyncResource('BoundFunction');
  return function (this: unknown, ...args: unknown[]) {
    return resource.runInAsyncScope(fn, this, ...args);
  } as F;
}
