import type { EntityManager } from 'typeorm';

/**
 * Runs statements without `statement_timeout`, because their duration depends on the number of rows.
 * `lock_timeout` stays, because all writers would queue behind a statement that waits for a lock.
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
