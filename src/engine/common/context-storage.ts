import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';

/** The current values, by their `ContextStorage`. */
type Values = ReadonlyMap<object, unknown>;

/** The only `AsyncLocalStorage` of the package: Node.js does work for each one at every promise. */
const storage = new AsyncLocalStorage<Values | undefined>();

/** A value that follows every `await`, and that `outsideContext()` leaves behind. */
export interface ContextStorage<T> {
  /** Runs `work` with the value. */
  run<R>(value: T | undefined, work: () => R): R;
  /** Sets the value for the rest of the calling function, and for what it calls. */
  enter(value: T): void;
  /** Runs `work` with the value, and without the values of all other stores. */
  runAlone<R>(value: T, work: () => R): R;
  /** The value of the code that is running. */
  getStore(): T | undefined;
}

export function createContextStorage<T>(): ContextStorage<T> {
  const store: ContextStorage<T> = {
    run: (value, work) => storage.run(new Map(storage.getStore()).set(store, value), work),
    enter: (value) => storage.enterWith(new Map(storage.getStore()).set(store, value)),
    runAlone: (value, work) => storage.run(new Map([[store, value]]), work),
    getStore: () => storage.getStore()?.get(store) as T | undefined,
  };
  return store;
}

/**
 * Runs `work` outside every request, actor and transaction of this package.
 *
 * Node.js runs the callbacks of a socket, timer or thread in the context in which it was created. One that
 * serves all requests must therefore be created outside of them.
 */
export function outsideContext<T>(work: () => T): T {
  return storage.run(undefined, work);
}

/** Returns `fn` bound to the current context: it runs there whenever it is called, and by whomever. */
export function bindContext<F extends (...args: any[]) => unknown>(fn: F): F {
  const resource = new AsyncResource('BoundFunction');
  return function (this: unknown, ...args: unknown[]) {
    return resource.runInAsyncScope(fn, this, ...args);
  } as F;
}
