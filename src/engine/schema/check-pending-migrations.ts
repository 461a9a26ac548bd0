import type { DatabaseDataSource } from '../transaction/database.data-source.js';
import { planMigrations } from './plan-migrations.js';
import type { SchemaFinding } from './schema-finding.js';

/** Migrations of this version that the database has not run. */
export async function checkPendingMigrations(
  database: DatabaseDataSource,
): Promise<SchemaFinding[]> {
  const pending = await database.pendingMigrations();
  const dangers = await findDangers(database, pending);
  return pending.map((name) => ({
    check: 'migrations',
    problem: `The migration ${name} has not been applied.`,
    lines: dangers.get(name) ?? [],
    remedy:
      'Apply it: npx singr-db migrate (in the package’s own repository: npm run db:migrate:deploy).',
  }));
}

/**
 * The dangers of pending migrations, by the names of these. When none has been applied yet, there is no traffic to
 * endanger. Without the embedded engine, which is a development dependency, none are found.
 */
async function findDangers(
  database: DatabaseDataSource,
  pending: readonly string[],
): Promise<Map<string, string[]>> {
  if (pending.length === 0 || pending.length === database.migrations.length) return new Map();
  try {
    const planned = await planMigrations(database);
    return new Map(
      planned.map(({ name, statements }) => [name, statements.flatMap(({ dangers }) => dangers)]),
    );
  } catch (error) {
    const why = `its dangers are not known: ${(error as Error).message}`;
    return new Map(pending.map((name) => [name, [why]]));
  }
}
