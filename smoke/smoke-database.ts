import { randomBytes } from 'node:crypto';
import { administer } from '../src/testing/server-databases.js';
import { databaseUrl } from '../src/testing/database-url.js';

/** A database for one application to start with: empty. */
export interface SmokeDatabase {
  /** The variables that name it, and the server for tests: empty for the embedded engine. */
  readonly environment: { readonly DATABASE_URL?: string; readonly TEST_DATABASE_URL: string };
  drop(): Promise<void>;
}

/** Makes one on a server; without that the application has the embedded engine in its folder. */
export async function createSmokeDatabase(server: string | undefined): Promise<SmokeDatabase> {
  if (server === undefined) {
    return { environment: { TEST_DATABASE_URL: '' }, drop: () => Promise.resolve() };
  }
  const name = `singr_smoke_${randomBytes(6).toString('hex')}`;
  await administer(server, (admin) => admin.query(`CREATE DATABASE ${name}`));
  return {
    environment: { DATABASE_URL: databaseUrl(server, name), TEST_DATABASE_URL: server },
    drop: async () => {
      await administer(server, (admin) => admin.query(`DROP DATABASE ${name} WITH (FORCE)`));
    },
  };
}
