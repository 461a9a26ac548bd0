import type { DatabaseDataSource } from '@singr/database';
import { isolateSingrTables } from '../../migrations/helpers/isolate-singr-tables.js';
import { dataSourceFor } from './data-source.js';
import { isEmbedded, type TestDatabase } from './database.js';

let count = 0;

/**
 * Isolates Singr's tables in the database of the suite, and makes a role of the application, which the policies
 * apply to. Returns its name.
 */
export async function isolate(database: TestDatabase): Promise<string> {
  const role = `tenants_${process.pid}_${Date.now()}_${++count}`;
  const owner = dataSourceFor(database.options);
  await owner.initialize();
  try {
    await owner.transaction((manager) => isolateSingrTables(manager.queryRunner!));
    await owner.query(`CREATE ROLE ${role}`);
    await owner.query(`SELECT audit.grant_application('${role}')`);
  } finally {
    await owner.destroy();
  }
  // The embedded engine goes as a whole.
  if (!isEmbedded) database.afterDrop(`DROP ROLE ${role}`);
  return role;
}

/** A data source whose transactions run as the role, and so are restricted to their tenants. */
export async function restrictedDataSource(
  database: TestDatabase,
  role: string,
): Promise<DatabaseDataSource> {
  const dataSource = dataSourceFor({ ...database.options, tenancy: { role } });
  await dataSource.initialize();
  return dataSource;
}
