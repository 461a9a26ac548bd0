import type { DatabaseDataSource } from '../transaction/database.data-source.js';
import { checkEntities } from './check-entities.js';
import { checkPendingMigrations } from './check-pending-migrations.js';
import { checkSchemaFile } from './check-schema-file.js';
import { checkSensitiveColumns } from './check-sensitive-columns.js';
import { checkTriggers } from './check-triggers.js';
import { checkInvalidIndexes } from './invalid-indexes.js';
import type { SchemaFinding } from './schema-finding.js';

/**
 * Compares the entities, the database and the committed schema. An empty list means that they agree.
 */
export async function checkSchema(database: DatabaseDataSource): Promise<SchemaFinding[]> {
  const pending = await checkPendingMigrations(database);
  // Pending migrations would cause most other findings.
  if (pending.length > 0) return pending;
  return [
    ...(await checkEntities(database)),
    ...(await checkSchemaFile(database)),
    ...(await checkTriggers(database)),
    ...(await checkInvalidIndexes(database)),
    ...checkSensitiveColumns(database),
  ];
}
