import type { QueryRunner } from 'typeorm';

/**
 * Renews the audit triggers of tables that have changed since the triggers were created. Returns the names of
 * these tables.
 *
 * @throws QueryFailedError when a table has changed in a way that cannot be audited
 */
export async function renewRecorders(queryRunner: QueryRunner): Promise<string[]> {
  // The application's migrations may run before the package's, when there is no audit schema yet.
  const [{ isThere }] = (await queryRunner.query(
    `SELECT to_regprocedure('audit.renew()') IS NOT NULL AS "isThere"`,
  )) as [{ isThere: boolean }];
  if (!isThere) return [];
  const rows = (await queryRunner.query('SELECT audit.renew() AS name')) as { name: string }[];
  return rows.map(({ name }) => name);
}
