import type { EntityManager } from 'typeorm';

/**
 * Runs statements that take as long as there are many rows: without their time-out. Waiting for a lock keeps
 * its limit: all writers would wait behind it.
 */
export async function withoutStatementTimeout<T>(
  manager: EntityManager,
  work: () => Promise<T>,
): Promise<T> {
  const [{ limit }] = await manager.query<[{ limit: string }]>(
    `SELECT current_setting('statement_timeout') AS limit, set_config('statement_timeout', '0', true)`,
  );
  const result = await work();
  await manager.query(`SELECT set_config('statement_timeout', $1, true)`, [limit]);
  return result;
}
