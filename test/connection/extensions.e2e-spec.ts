import { randomBytes } from 'node:crypto';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ExtensionMissingError, ExtensionPermissionError } from '../../src/connection/errors.js';
import { dataSourceFor } from '../support/data-source.js';
import { describeOnServer, useEmptyDatabase } from '../support/database.js';

class NeedsAbsentExtension1700000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('CREATE EXTENSION IF NOT EXISTS not_on_this_server');
  }
  async down(): Promise<void> {}
}

describe('a server that lacks an extension', () => {
  const database = useEmptyDatabase();

  it('ends the start with one message that names it and what to install', async () => {
    const dataSource = dataSourceFor(
      { ...database.options, migrate: true },
      { migrations: [NeedsAbsentExtension1700000000000] },
    );
    const failure = dataSource.initialize();
    await expect(failure).rejects.toThrow(ExtensionMissingError);
    await expect(failure).rejects.toThrow(/not_on_this_server.*postgresql-15-postgis-3/s);
    expect(dataSource.isInitialized).toBe(false);
  });
});

describeOnServer('a role that may not create extensions', () => {
  const database = useEmptyDatabase();
  const role = `plain_${randomBytes(4).toString('hex')}`;

  beforeAll(async () => {
    await database.query(`CREATE ROLE ${role} LOGIN PASSWORD 'top-secret'`);
    database.afterDrop(`DROP ROLE ${role}`);
    // The owner of a database may do everything in it but this, as PostGIS is no trusted extension.
    const name = new URL(database.url).pathname.slice(1);
    await database.query(`ALTER DATABASE ${name} OWNER TO ${role}`);
  });

  function asPlainRole() {
    const url = new URL(database.url);
    url.username = role;
    url.password = 'top-secret';
    return dataSourceFor({ url: url.href, connectAttempts: 1, migrate: true });
  }

  it('ends the start with one message that says what a superuser must run', async () => {
    const failure = asPlainRole().initialize();
    await expect(failure).rejects.toThrow(ExtensionPermissionError);
    await expect(failure).rejects.toThrow(
      /permission denied.*"postgis".*CREATE EXTENSION postgis/s,
    );
  });

  it('migrates once a superuser has created them', async () => {
    for (const extension of ['postgis', 'pgcrypto', 'pg_trgm', 'unaccent']) {
      await database.query(`CREATE EXTENSION ${extension}`);
    }
    const dataSource = await asPlainRole().initialize();
    await expect(dataSource.pendingMigrations()).resolves.toEqual([]);
    await dataSource.destroy();
  });
});
