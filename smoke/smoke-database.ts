import { randomBytes } from 'node:crypto';
import { administer } from '../src/testing/server-databases.js';
import { databaseUrl } from '../src/testing/database-url.js';

/** A database for one application to start with: empty. */
export interface SmokeDatabase {
  /** The variables that name it; none for the embedded engine in the application's folder. */
  readonly environment: { readonly DATABASE_URL?: string };
  drop(): Promise<void>;
}

/** Makes one on the server of TEST_DATABASE_URL; without that the application has the embedded engine. */
export async function createSmokeDatabase(): Promise<SmokeDatabase> {
  const server = process.env.TEST_DATABASE_URL;
  if (server === undefined || server === '') {
    return { environment: {}, drop: () => Promise.resolve() };
  }
  const name = `singr_smoke_${randomBytes(6).toString('hex')}`;
  await administer(server, (admin) => admin.query(`CREATE DATABASE ${name}`));
  return {
    environment: { DATABASE_URL: databaseUrl(server, name) },
    drop: async () => {
      await administer(server, (admin) => admin.query(`DROP DATABASE ${name} WITH (FORCE)`));
    },
  };
}
