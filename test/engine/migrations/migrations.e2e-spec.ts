import type { DatabaseDataSource } from '@singr/database';
import type { QueryRunner } from 'typeorm';
import { migrations } from '../../../migrations/index.js';
import { dataSourceFor } from '../../support/data-source.js';
import { describeOnServer, useEmptyDatabase } from '../../support/database.js';
import { schemaObjects } from '../../support/schema-objects.js';
import { createTestApp } from '../../support/test-app.js';

async function withDataSource<T>(
  options: Parameters<typeof dataSourceFor>[0],
  work: (dataSource: DatabaseDataSource) => Promise<T>,
): Promise<T> {
  const dataSource = await dataSourceFor(options).initialize();
  try {
    return await work(dataSource);
  } finally {
    await dataSource.destroy();
  }
}

describe('all migrations', () => {
  const database = useEmptyDatabase();
  let untouched: string[];
  let migrated: string[];

  beforeAll(async () => {
    untouched = await schemaObjects(database);
  });

  it('run when an application starts with migrate: true, through a pool of one connection', async () => {
    const app = await createTestApp(database, { databaseOptions: { migrate: true, poolSize: 1 } });
    await expect(app.dataSource.pendingMigrations()).resolves.toEqual([]);
    await app.close();
    migrated = await schemaObjects(database);
    expect(migrated.length).toBeGreaterThan(untouched.length);
  });

  it('run again find nothing to do', async () => {
    await withDataSource(database.options, async (dataSource) => {
      expect(await dataSource.runMigrations()).toEqual([]);
      expect(await dataSource.pendingMigrations()).toEqual([]);
    });
  });

  it('revert one by one, and leave no object of the package', async () => {
    await withDataSource(database.options, async (dataSource) => {
      for (const _ of migrations) await dataSource.undoLastMigration();
      expect(await dataSource.pendingMigrations()).toHaveLength(migrations.length);
    });
    expect(await schemaObjects(database)).toEqual(untouched);
  });

  it('run after that give the same schema', async () => {
    await withDataSource(database.options, (dataSource) => dataSource.runMigrations());
    expect(await schemaObjects(database)).toEqual(migrated);
  });
});

describe('a start without migrate: true', () => {
  const database = useEmptyDatabase();

  it('changes nothing in the database', async () => {
    const before = await schemaObjects(database);
    const app = await createTestApp(database);
    await expect(app.dataSource.pendingMigrations()).resolves.toHaveLength(migrations.length);
    await app.close();
    expect(await schemaObjects(database)).toEqual(before);
    const [found] = await database.query(`SELECT to_regclass('migrations') AS migrations`);
    expect(found.migrations).toBeNull();
  });
});

describe('a migration that fails', () => {
  const database = useEmptyDatabase();

  class CreatesTable1700000000000 {
    async up(queryRunner: { query(sql: string): Promise<unknown> }) {
      await queryRunner.query('CREATE TABLE half_done ()');
    }
    async down() {}
  }
  class Fails1700000000001 {
    async up(queryRunner: { query(sql: string): Promise<unknown> }) {
      await queryRunner.query('SELECT 1 / 0');
    }
    async down() {}
  }

  it('undoes those that ran before it in the same run', async () => {
    const dataSource = dataSourceFor(database.options, {
      migrations: [CreatesTable1700000000000, Fails1700000000001],
    });
    await dataSource.initialize();
    await expect(dataSource.runMigrations()).rejects.toThrow('division by zero');
    await expect(dataSource.pendingMigrations()).resolves.toHaveLength(2);
    await dataSource.destroy();
    const [found] = await database.query(`SELECT to_regclass('half_done') AS half_done`);
    expect(found.half_done).toBeNull();
  });
});

describeOnServer('ten data sources that migrate an empty database at once', () => {
  const database = useEmptyDatabase();
  const reference = useEmptyDatabase();

  it('all succeed: one applies the migrations, nine find nothing to do', async () => {
    const dataSources = await Promise.all(
      Array.from({ length: 10 }, () =>
        dataSourceFor({ ...database.options, poolSize: 1 }).initialize(),
      ),
    );
    const ran = await Promise.all(dataSources.map((dataSource) => dataSource.runMigrations()));
    await Promise.all(dataSources.map((dataSource) => dataSource.destroy()));

    expect(ran.map(({ length }) => length).sort((a, b) => b - a)).toEqual([
      migrations.length,
      ...Array<number>(9).fill(0),
    ]);
    const recorded = await database.query('SELECT name FROM migrations ORDER BY id');
    expect(recorded.map(({ name }) => name)).toEqual(migrations.map(({ name }) => name));

    await withDataSource(reference.options, (dataSource) => dataSource.runMigrations());
    expect(await schemaObjects(database)).toEqual(await schemaObjects(reference));
  });
});

describeOnServer.each(['all', 'each', 'none'] as const)(
  'a process that migrates with --transaction %s',
  (transaction) => {
    const database = useEmptyDatabase();
    const hurried = { statement: 100, lock: 100 };

    class Dawdles1900000000000 {
      async up(queryRunner: QueryRunner) {
        await queryRunner.query('SELECT pg_sleep(0.3)');
      }
      async down() {}
    }

    it('waits for another one without a timeout', async () => {
      const holder = await database.connect();
      await holder.query('BEGIN');
      await holder.query('SELECT pg_advisory_xact_lock(8316299577495872610)');
      const dataSource = dataSourceFor({ ...database.options, timeouts: hurried });
      await dataSource.initialize();
      const migrating = dataSource.runMigrations({ transaction });
      await new Promise((resolve) => setTimeout(resolve, 500));
      await holder.query('COMMIT');
      await expect(migrating).resolves.toHaveLength(migrations.length);
      await dataSource.destroy();
    });

    it('has no timeout', async () => {
      const dataSource = dataSourceFor(
        { ...database.options, timeouts: hurried },
        { migrations: [Dawdles1900000000000] },
      );
      await dataSource.initialize();
      await expect(dataSource.runMigrations({ transaction })).resolves.toHaveLength(1);
      await dataSource.destroy();
    });

    it('does not change the timeouts of later statements', async () => {
      const dataSource = dataSourceFor({ ...database.options, poolSize: 1, timeouts: hurried });
      await dataSource.initialize();
      await dataSource.runMigrations({ transaction });
      await expect(
        dataSource.transaction((manager) => manager.query('SELECT pg_sleep(0.3)')),
      ).rejects.toThrow('statement timeout');
      await dataSource.destroy();
    });
  },
);
