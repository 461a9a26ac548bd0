import { Global, Injectable, Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { getDataSourceToken, InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import {
  DatabaseModule,
  User,
  Venue,
  VenueRepository,
  type DatabaseDataSource,
  type DatabaseOptions,
} from '@singr/database';
import { InvalidConfigurationError } from '../src/engine/config/errors.js';
import { isEmbedded, useDatabase } from './support/database.js';
import { createUser } from './support/fixtures.js';
import { createTestApp } from './support/test-app.js';

const database = useDatabase();

/** Starts an application that has just this module, and nothing that listens. */
async function startWith(imported: DynamicModule) {
  const app = await NestFactory.createApplicationContext(
    { module: class TestModule {}, imports: [imported] },
    { logger: false, abortOnError: false },
  );
  database.beforeDrop(() => app.close());
  return app;
}

describe('DatabaseModule.forRoot()', () => {
  it('makes entities and repositories injectable wherever they are asked for', async () => {
    @Injectable()
    class Lister {
      constructor(
        readonly venues: VenueRepository,
        @InjectRepository(User) readonly users: Repository<User>,
      ) {}
    }
    @Module({ providers: [Lister] })
    class FeatureModule {}

    const app = await createTestApp(database, { imports: [FeatureModule] });
    const { venues, users } = app.get(Lister);
    expect(venues).toBeInstanceOf(VenueRepository);
    expect(venues.target).toBe(Venue);
    await createUser(app.dataSource.manager, { email: 'injected@example.com' });
    expect(await users.existsBy({ email: 'injected@example.com' })).toBe(true);
    await app.close();
  });

  it('closes every connection when the application closes', async () => {
    const applicationName = 'closes-on-shutdown';
    const app = await createTestApp(database, { databaseOptions: { applicationName } });
    await app.dataSource.query('SELECT 1');
    await app.close();
    expect(app.dataSource.isInitialized).toBe(false);
    if (isEmbedded) return;
    // The server notices the end of a connection a little later.
    for (let attempt = 0; attempt < 50; attempt++) {
      const left = await database.query(
        'SELECT pid FROM pg_stat_activity WHERE application_name = $1',
        [applicationName],
      );
      if (left.length === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error('a connection was left open');
  });

  it('does not connect before it is told to with connectOnStart: false', async () => {
    const app = await startWith(
      DatabaseModule.forRoot({ url: 'postgres://nobody@127.0.0.1:1/none', connectOnStart: false }),
    );
    const dataSource = app.get<DatabaseDataSource>(getDataSourceToken());
    expect(dataSource.isInitialized).toBe(false);
    await app.close();
  });

  it('ends the start with what is wrong in the options', async () => {
    const start = startWith(DatabaseModule.forRoot({ url: 'postgres://u:secret@h/db?sslmode=no' }));
    await expect(start).rejects.toThrow(InvalidConfigurationError);
    await expect(start).rejects.toThrow(/sslmode.*disable, require/);
    await expect(start).rejects.not.toThrow(/secret/);
  });

  it('ends the start with what is wrong in the environment', async () => {
    process.env.DATABASE_POOL_SIZE = 'many';
    try {
      await expect(startWith(DatabaseModule.forRoot(database.options))).rejects.toThrow(
        /DATABASE_POOL_SIZE takes a whole number from 1 to 1000/,
      );
    } finally {
      delete process.env.DATABASE_POOL_SIZE;
    }
  });
});

describe('DatabaseModule.forRootAsync()', () => {
  const OPTIONS = Symbol('options');

  @Global()
  @Module({
    providers: [{ provide: OPTIONS, useFactory: () => database.options }],
    exports: [OPTIONS],
  })
  class OptionsModule {}

  it('takes its options from other providers', async () => {
    const app = await startWith(
      DatabaseModule.forRootAsync({
        imports: [OptionsModule],
        inject: [OPTIONS],
        useFactory: async (options: DatabaseOptions) => ({ ...options, applicationName: 'async' }),
      }),
    );
    const dataSource = app.get<DatabaseDataSource>(getDataSourceToken());
    expect(dataSource.config.applicationName).toBe('async');
    await expect(dataSource.query('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
    await app.close();
  });
});
