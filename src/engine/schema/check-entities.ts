import type { DatabaseDataSource } from '../transaction/database.data-source.js';
import { silentLogger } from '../connection/logging/silent.logger.js';
import type { SchemaFinding } from './schema-finding.js';

/**
 * Reports the statements with which TypeORM would synchronize the database with the entities. None is run.
 */
export async function checkEntities(database: DatabaseDataSource): Promise<SchemaFinding[]> {
  const { upQueries } = await silently(database, () => database.driver.createSchemaBuilder().log());
  return upQueries.map(({ query }) => ({
    check: 'entities',
    problem: `The entities differ from the database; TypeORM would run: ${query.replace(/\s+/g, ' ').trim()}`,
    remedy: 'Mend the entity, or the migration that made the table.',
  }));
}

/** Runs `work` without TypeORM's log, which would say "dropping a column" although nothing is run. */
async function silently<T>(database: DatabaseDataSource, work: () => Promise<T>): Promise<T> {
  const { logger } = database;
  database.logger = silentLogger;
  try {
    return await work();
  } finally {
    database.logger = logger;
  }
}
