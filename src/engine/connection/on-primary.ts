import { createContextStorage } from '../common/context-storage.js';

const storage = createContextStorage<true>();

/**
 * Runs `work` with its reads on the primary, also outside a transaction: for what decides who gets in, and
 * for what looks again at a row that a statement has just met. A replica may not have it yet, or still.
 */
export function onPrimary<T>(work: () => Promise<T>): Promise<T> {
  return storage.run(true, work);
}

/** Whether reads of the code that is running belong on the primary. */
export function isOnPrimary(): boolean {
  return storage.getStore() === true;
}
