import { until } from '../engine/transaction/control.js';
import type { TestDatabase } from './database.js';

/** Rows that a statement locks, such as a `SELECT … FOR UPDATE`, or a `DELETE`. */
export interface LockedRows {
  lock: string;
  parameters: unknown[];
}

/**
 * Runs pieces of work that want the same rows one after another, in the given order: somebody else has the
 * rows until each waits for them. What a piece of work read before its turn has changed by then, unless it
 * is the first.
 */
export async function inTurn(
  database: TestDatabase,
  { lock, parameters }: LockedRows,
  ...work: (() => Promise<unknown>)[]
): Promise<PromiseSettledResult<unknown>[]> {
  const holder = await database.connect();
  await holder.query('BEGIN');
  await holder.query(lock, parameters);
  const begun: Promise<PromiseSettledResult<unknown>[]>[] = [];
  try {
    for (const begin of work) {
      begun.push(Promise.allSettled([begin()]));
      await untilWaiting(database, begun.length);
    }
  } finally {
    await holder.query('COMMIT');
  }
  return (await Promise.all(begun)).flat();
}

/** Waits until as many connections of the database wait for a lock. */
export async function untilWaiting(database: TestDatabase, count: number): Promise<void> {
  await until(async () => {
    const [{ waiting }] = await database.query(
      `SELECT count(*)::int AS waiting FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return waiting === count;
  });
}
