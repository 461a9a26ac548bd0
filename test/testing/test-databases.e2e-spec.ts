import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DatabaseModule, Transactional, UserRepository, VenueRepository } from '@singr/database';
import { create, createTestDatabase } from '@singr/database/testing';
import { User, Venue } from '@singr/database';
import { describeOnEmbedded, describeOnServer } from '../support/database.js';
import { startTestEngine } from '../../src/testing/engine-host.js';
import { administer as administerServer, removeOld } from '../../src/testing/server-databases.js';
import { administer, currentTarget } from '../support/current-target.js';
import { useTestDatabase } from './use-test-database.js';

describe('a test database', () => {
  const database = useTestDatabase();

  it('is migrated, and has no rows', async () => {
    const dataSource = await database().dataSource();
    expect(await dataSource.pendingMigrations()).toEqual([]);
    expect(await dataSource.getRepository(User).count()).toBe(0);
  });

  it('is not shared with other suites', async () => {
    const other = await createTestDatabase();
    try {
      await create(await other.dataSource(), User);
      expect(await (await database().dataSource()).getRepository(User).count()).toBe(0);
    } finally {
      await other.drop();
    }
  });

  it('is the database of an application that is given its options', async () => {
    class Renaming {
      constructor(private readonly venues: VenueRepository) {}

      @Transactional()
      async rename(id: string, name: string): Promise<void> {
        await this.venues.update({ id }, { name });
      }
    }
    @Module({
      imports: [DatabaseModule.forRoot(database().options)],
      providers: [
        {
          provide: Renaming,
          useFactory: (v: VenueRepository) => new Renaming(v),
          inject: [VenueRepository],
        },
      ],
    })
    class AppModule {}
    const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
    try {
      const { id } = await create(await database().dataSource(), Venue);
      // The test's own data source is not taken for a second application.
      await app.get(Renaming).rename(id, 'Singing Cowboy');
      expect(await database().query('SELECT name FROM venues WHERE venues_id = $1', [id])).toEqual([
        { name: 'Singing Cowboy' },
      ]);
    } finally {
      await app.close();
    }
  });

  it('has demo data when it is asked for', async () => {
    const seeded = await createTestDatabase({ seed: true });
    try {
      const users = new UserRepository(User, (await seeded.dataSource()).manager);
      expect(await users.findByEmail('singer@example.com')).not.toBeNull();
    } finally {
      await seeded.drop();
    }
  });

  it('has nothing at all when that is asked for', async () => {
    const empty = await createTestDatabase({ migrate: false });
    try {
      expect(await empty.query(`SELECT to_regclass('public.users') AS users`)).toEqual([
        { users: null },
      ]);
    } finally {
      await empty.drop();
    }
  });

  it('leaves nothing behind when the application’s own migrations fail', async () => {
    class Fails1900000000000 {
      async up(): Promise<void> {
        throw new Error('it fails');
      }
      async down(): Promise<void> {}
    }
    await expect(createTestDatabase({ migrations: [Fails1900000000000] })).rejects.toThrow(
      'it fails',
    );
  });
});

describeOnEmbedded('the process with the engines of a run', () => {
  it('says why one does not start, and starts others', async () => {
    const target = currentTarget();
    if (target.kind !== 'embedded') throw new Error('this is not the embedded engine');
    await expect(startTestEngine(target.host, '/nowhere.tar')).rejects.toMatchObject({
      code: 'TEST_ENGINE_FAILED',
      message: expect.stringContaining('/nowhere.tar') as string,
    });
    const database = await createTestDatabase({ migrate: false });
    expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await database.drop();
  });
});

describeOnServer('a dropped test database', () => {
  it('is gone from the server', async () => {
    const database = await createTestDatabase();
    const name = new URL(database.url).pathname.slice(1);
    await database.dataSource();
    await database.drop();
    const other = await createTestDatabase();
    expect(await other.query('SELECT FROM pg_database WHERE datname = $1', [name])).toEqual([]);
    await other.drop();
  });

  it('is dropped with the next template when it is a day old', async () => {
    const old = `singr_test_${(Date.now() - 25 * 3_600_000).toString(36)}_leftover`;
    const recent = `singr_test_${Date.now().toString(36)}_leftover`;
    for (const name of [old, recent]) await administer(`CREATE DATABASE ${name}`);
    try {
      const database = await createTestDatabase();
      // A template that is there is used as it is: what is old goes when one is made.
      await administerServer(adminUrl(), removeOld);
      const rows = await database.query<{ name: string }>(
        'SELECT datname AS name FROM pg_database WHERE datname = ANY ($1)',
        [[old, recent]],
      );
      expect(rows).toEqual([{ name: recent }]);
      await database.drop();
    } finally {
      for (const name of [old, recent]) await administer(`DROP DATABASE IF EXISTS ${name}`);
    }
  });
});

function adminUrl(): string {
  const target = currentTarget();
  if (target.kind === 'embedded') throw new Error('the embedded engine has one database');
  return target.adminUrl;
}
