import { createContextStorage } from '../common/context-storage.js';

const storage = createContextStorage<true>();

/**
 * Runs `work` with its reads on the primary, also outside a transaction. For authentication, and for reading a
 * row that another statement has just changed or found: a replica may still have an older state.
 */
export function onPrimary<T>(work: () => Promise<T>): Promise<T> {
  return storage.run(true, work);
}

/** Whether the running code is inside `onPrimary()`. */
export function isOnPrimary(): boolean {
  return storage.getStore() === true;
}
