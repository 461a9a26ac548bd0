import type { DatabaseDataSource } from '../transaction/database.data-source.js';
import type { SchemaFinding } from './schema-finding.js';

/** Migrations of this version that the database has not run. */
export async function checkPendingMigrations(
  database: DatabaseDataSource,
): Promise<SchemaFinding[]> {
  const pending = await database.pendingMigrations();
  return pending.map((name) => ({
    check: 'migrations',
    problem: `The migration ${name} has not been applied.`,
    remedy:
      'Apply it: npx singr-db migrate (in the package’s own repository: npm run db:migrate:deploy).',
  }));
}
