import type { DatabaseDataSource } from '../engine/transaction/database.data-source.js';

/** Connects, runs `work` and disconnects. The embedded engine runs for the same time. */
export async function withDatabase<T>(
  database: DatabaseDataSource,
  work: () => Promise<T>,
): Promise<T> {
  await database.initialize();
  try {
    return await work();
  } finally {
    await database.destroy();
  }
}
