import type { DatabaseDataSource } from '../engine/connection/database.data-source.js';

/** Connects for as long as `work` takes; the embedded engine runs no longer either. */
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
