import { AuditVerifier } from '../audit/verify/audit-verifier.js';
import type { DatabaseDataSource } from '../transaction/database.data-source.js';
import type { SchemaFinding } from './schema-finding.js';

/** Checks the triggers of the audit trail and those of `updated_at`. */
export async function checkTriggers(database: DatabaseDataSource): Promise<SchemaFinding[]> {
  const problems = await new AuditVerifier(database).verify();
  return [
    ...problems.map(({ subject, problem, remedy }) => ({
      check: 'triggers' as const,
      problem: `${subject} ${problem}.`,
      remedy,
    })),
    ...(await checkUpdatedAtTriggers(database)),
  ];
}

/** Checks that every table of the package with `updated_at` has an enabled trigger that sets it. */
async function checkUpdatedAtTriggers(database: DatabaseDataSource): Promise<SchemaFinding[]> {
  const working = new Set(
    (
      await database.read<{ table: string }>(`
        SELECT relation.relname AS "table"
        FROM pg_trigger AS trigger JOIN pg_class AS relation ON relation.oid = trigger.tgrelid
        WHERE trigger.tgname = relation.relname || '_set_updated_at'
          AND trigger.tgfoid = to_regproc(format('%s.set_updated_at', audit.home()))
          AND trigger.tgenabled IN ('O', 'A')`)
    ).map(({ table }) => table),
  );
  // The application may let TypeORM set the column in its own tables.
  const hosts = new Set(database.hostEntities);
  return database.entityMetadatas
    .filter((metadata) => !hosts.has(metadata))
    .filter(({ columns }) => columns.some(({ databaseName }) => databaseName === 'updated_at'))
    .filter(({ tableName }) => !working.has(tableName))
    .map(({ tableName }) => ({
      check: 'triggers' as const,
      problem: `The table ${tableName} lacks its trigger ${tableName}_set_updated_at, or has it switched off: updated_at does not move there.`,
      remedy: `in a migration: CREATE TRIGGER ${tableName}_set_updated_at BEFORE UPDATE ON ${tableName} FOR EACH ROW EXECUTE FUNCTION set_updated_at()`,
    }));
}
