import { randomBytes } from 'node:crypto';
import { QueryFailedError, type MigrationInterface, type QueryRunner } from 'typeorm';
import {
  ExtensionFailedError,
  ExtensionMissingError,
  ExtensionOffPathError,
  ExtensionPermissionError,
  Venue,
  type DatabaseOptions,
  type StartupError,
} from '@singr/database';
import { create } from '@singr/database/testing';
import { failure } from '../../support/scripted-app.js';
import { dataSourceFor } from '../../support/data-source.js';
import { describeOnServer, useEmptyDatabase } from '../../support/database.js';

/** The error that a start with a migration ends with. */
async function migrationFailure(
  options: DatabaseOptions,
  statement: string,
): Promise<StartupError> {
  class NeedsExtension1700000000000 implements MigrationInterface {
    async up(queryRunner: QueryRunner): Promise<void> {
      await queryRunner.query(statement);
    }
    async down(): Promise<void> {}
  }
  const dataSource = dataSourceFor(
    { ...options, migrate: true },
    { migrations: [NeedsExtension1700000000000] },
  );
  const error = await failure(dataSource.initialize());
  expect(dataSource.isInitialized).toBe(false);
  return error as StartupError;
}

describe('a server that lacks an extension', () => {
  const database = useEmptyDatabase();

  it('ends the start with one message that names it, and no remedy for another', async () => {
    const error = await migrationFailure(
      database.options,
      'CREATE EXTENSION IF NOT EXISTS not_on_this_server',
    );
    expect(error).toBeInstanceOf(ExtensionMissingError);
    expect(error).toMatchObject({ extension: 'not_on_this_server' });
    expect(error.message).toMatch('as its own documentation says');
    expect(error.message).not.toMatch(/postgis/i);
  });

  it('is reported with advice for PostGIS when PostGIS is missing', () => {
    const error = new ExtensionMissingError('postgis', new Error('it is not available'));
    expect(error.message).toMatch(/postgresql-15-postgis-3.*postgis\/postgis/);
  });

  it('is reported with advice for the contrib modules when one of them is missing', () => {
    const error = new ExtensionMissingError('uuid-ossp', new Error('it is not available'));
    expect(error.message).toMatch('postgresql-contrib');
    expect(error.message).not.toMatch(/PostGIS/);
  });

  it('names the one of several that failed', async () => {
    const error = await migrationFailure(
      database.options,
      'CREATE TABLE a (b int); CREATE EXTENSION citext; CREATE EXTENSION "not-there"',
    );
    expect(error).toBeInstanceOf(ExtensionMissingError);
    expect(error).toMatchObject({ extension: 'not-there' });
  });
});

describe('an extension that fails for another reason', () => {
  const database = useEmptyDatabase();

  it('is reported with that reason, and without advice to install it', async () => {
    const error = await migrationFailure(
      database.options,
      `CREATE EXTENSION pg_trgm VERSION '99.9'`,
    );
    expect(error).toBeInstanceOf(ExtensionFailedError);
    expect(error.message).toMatch(/"pg_trgm".*99\.9/);
    expect(error.message).not.toMatch(/install it/i);
  });

  it('is no failure of an extension when another statement of the migration failed', async () => {
    const error = await migrationFailure(
      database.options,
      'CREATE EXTENSION IF NOT EXISTS citext; SELECT 1 / 0',
    );
    expect(error).toBeInstanceOf(QueryFailedError);
  });
});

describe('the extensions that TypeORM installs by itself', () => {
  const database = useEmptyDatabase();

  it.each(['uuid-ossp', 'citext', 'hstore', 'ltree', 'cube', 'btree_gist'])(
    'are there to be created: %s',
    async (name) => {
      await database.query(`CREATE EXTENSION "${name}"`);
    },
  );
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
      /"postgis".*permission denied.*CREATE EXTENSION IF NOT EXISTS postgis.*unaccent/s,
    );
  });

  it('names the other extension, and none of the package’s', async () => {
    const url = new URL(database.url);
    url.username = role;
    url.password = 'top-secret';
    const error = await migrationFailure(
      { url: url.href, connectAttempts: 1 },
      'CREATE EXTENSION "postgres_fdw"',
    );
    expect(error).toBeInstanceOf(ExtensionPermissionError);
    expect(error.message).toMatch('CREATE EXTENSION IF NOT EXISTS postgres_fdw; Then');
    expect(error.message).not.toMatch(/postgis/i);
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

describeOnServer('extensions in a schema of their own', () => {
  const database = useEmptyDatabase();

  beforeAll(async () => {
    await database.query('CREATE SCHEMA extensions');
    for (const name of ['postgis', 'pgcrypto', 'pg_trgm', 'unaccent']) {
      await database.query(`CREATE EXTENSION ${name} SCHEMA extensions`);
    }
  });

  it('that is not on the search path end the migration with the statement that puts it there', async () => {
    const dataSource = dataSourceFor({ ...database.options, migrate: true });
    const error = await failure(dataSource.initialize());
    expect(error).toBeInstanceOf(ExtensionOffPathError);
    expect((error as Error).message).toMatch(/"geography" does not exist.*SET search_path/);
  });

  it('that is on the search path serve as any others', async () => {
    const name = new URL(database.url).pathname.slice(1);
    await database.query(`ALTER DATABASE ${name} SET search_path = "$user", public, extensions`);
    const dataSource = dataSourceFor({ ...database.options, migrate: true });
    await dataSource.initialize();
    try {
      await create(dataSource, Venue, { location: { type: 'Point', coordinates: [16.37, 48.21] } });
      const near = await dataSource.getRepository(Venue).find();
      expect(near).toHaveLength(1);
    } finally {
      await dataSource.destroy();
    }
  });
});
