import type { DatabaseDataSource, DatabaseOptions } from '@singr/database';
import type { QueryRunner } from 'typeorm';
import { dataSourceFor } from '../../support/data-source.js';
import { describeOnServer, useEmptyDatabase } from '../../support/database.js';
import { isPgBouncerInstalled, startPgBouncer } from '../pgbouncer/pgbouncer.js';

const writer = `current_setting('app.actor_name', true)`;

class CreatesNotes1900000000000 {
  async up(queryRunner: QueryRunner) {
    await queryRunner.query('CREATE TABLE notes (text text, writer text)');
    await queryRunner.query(`INSERT INTO notes VALUES ('same', ${writer}), ('other', NULL)`);
  }
  async down(queryRunner: QueryRunner) {
    await queryRunner.query('DROP TABLE notes');
  }
}

class IndexesNotes1900000000001 {
  readonly transaction = false;
  async up(queryRunner: QueryRunner) {
    await queryRunner.query(`UPDATE notes SET writer = ${writer} WHERE writer IS NULL`);
    await queryRunner.query(IndexesNotes1900000000001.statement);
  }
  async down(queryRunner: QueryRunner) {
    await queryRunner.query('DROP INDEX CONCURRENTLY notes_text');
  }
  static statement = 'CREATE UNIQUE INDEX CONCURRENTLY notes_text ON notes (text)';
}

class AddsMood1900000000002 {
  async up(queryRunner: QueryRunner) {
    await queryRunner.query('ALTER TABLE notes ADD mood text');
  }
  async down(queryRunner: QueryRunner) {
    await queryRunner.query('ALTER TABLE notes DROP mood');
  }
}

class Fails1900000000003 {
  async up(queryRunner: QueryRunner) {
    await queryRunner.query('SELECT 1 / 0');
  }
  async down() {}
}

const migrations = [CreatesNotes1900000000000, IndexesNotes1900000000001, AddsMood1900000000002];
const names = migrations.map(({ name }) => name);

describe('a migration with transaction = false', () => {
  const database = useEmptyDatabase();
  let dataSource: DatabaseDataSource;

  const connect = async (classes: Function[] = migrations, options: DatabaseOptions = {}) => {
    dataSource = await dataSourceFor(
      { ...database.options, ...options },
      { migrations: classes },
    ).initialize();
    return dataSource;
  };

  afterEach(async () => {
    await dataSource.destroy();
    await database.query('DROP TABLE IF EXISTS notes, migrations');
  });

  const recorded = async () =>
    (await database.query('SELECT name FROM migrations ORDER BY id')).map(({ name }) => name);
  const index = async () =>
    (
      await database.query(
        `SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass('notes_text')`,
      )
    )[0];

  it.each(['all', 'each', 'none'] as const)(
    'runs outside a transaction between others in the mode %s, with the actor',
    async (transaction) => {
      await connect();
      const ran = await dataSource.runMigrations({ transaction });
      expect(ran.map(({ name }) => name)).toEqual(names);
      expect(await recorded()).toEqual(names);
      expect(await index()).toEqual({ valid: true });
      expect(await database.query('SELECT writer FROM notes')).toEqual(
        Array(2).fill({ writer: 'migrations' }),
      );
    },
  );

  it('is reverted outside a transaction', async () => {
    await connect();
    await dataSource.runMigrations();
    await dataSource.undoLastMigration();
    await dataSource.undoLastMigration();
    expect(await index()).toBeUndefined();
    expect(await recorded()).toEqual(names.slice(0, 1));
  });

  it('stays applied, with those before it, when a later one fails', async () => {
    await connect([...migrations, Fails1900000000003]);
    await expect(dataSource.runMigrations()).rejects.toThrow('division by zero');
    expect(await recorded()).toEqual(names.slice(0, 2));
  });

  it.each([
    ['CREATE UNIQUE INDEX CONCURRENTLY notes_text ON notes (text)'],
    ['CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "notes_text" ON public.notes (text)'],
  ])('builds anew the invalid index that it left behind: %s', async (statement) => {
    await connect();
    IndexesNotes1900000000001.statement = `INSERT INTO notes VALUES ('same')`;
    await dataSource.runMigrations();
    await database.query(`DELETE FROM migrations WHERE name = '${names[1]}'`);

    IndexesNotes1900000000001.statement = statement;
    await expect(dataSource.runMigrations()).rejects.toMatchObject({ code: '23505' });
    expect(await index()).toEqual({ valid: false });
    await database.query(
      `DELETE FROM notes WHERE ctid = (SELECT max(ctid) FROM notes WHERE text = 'same')`,
    );
    await dataSource.runMigrations();
    expect(await index()).toEqual({ valid: true });
  });
});

describeOnServer('a migration with transaction = false, on a server', () => {
  const database = useEmptyDatabase();

  afterEach(async () => {
    await database.query('DROP TABLE IF EXISTS notes, migrations');
  });

  const migrateAtOnce = async (options: DatabaseOptions) => {
    const dataSources = await Promise.all(
      Array.from({ length: 4 }, () => dataSourceFor(options, { migrations }).initialize()),
    );
    const ran = await Promise.allSettled(dataSources.map((each) => each.runMigrations()));
    await Promise.all(dataSources.map((each) => each.destroy()));
    return ran.map((run) => (run.status === 'fulfilled' ? run.value.length : run.reason)).sort();
  };

  it.each([1, 2, 3])('runs in one of several processes with pools of %d', async (poolSize) => {
    expect(await migrateAtOnce({ ...database.options, poolSize })).toEqual([0, 0, 0, 3]);
  });

  (isPgBouncerInstalled ? it : it.skip)('runs in one of several behind PgBouncer', async () => {
    const bouncer = await startPgBouncer(database.url, 8);
    try {
      const options = { ...database.options, url: bouncer.url };
      expect(await migrateAtOnce(options)).toEqual([0, 0, 0, 3]);
      const locks = await database.query(`SELECT FROM pg_locks WHERE locktype = 'advisory'`);
      expect(locks).toEqual([]);
    } finally {
      await bouncer.stop();
    }
  });

  it('waits for old transactions for longer than the timeouts of the role', async () => {
    const [{ name }] = await database.query('SELECT current_database() AS name');
    await database.query(`ALTER DATABASE "${name}" SET statement_timeout = 100`);
    await database.query(`ALTER DATABASE "${name}" SET lock_timeout = 100`);
    await database.query('CREATE TABLE notes (text text, writer text)');
    const reader = await database.connect();
    await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM notes');
    const dataSource = await dataSourceFor(database.options, {
      migrations: [IndexesNotes1900000000001],
    }).initialize();
    const migrating = dataSource.runMigrations();
    const waiting = () =>
      database.query(
        `SELECT FROM pg_stat_activity WHERE query LIKE 'CREATE UNIQUE INDEX CONCURRENTLY%'
         AND wait_event_type = 'Lock' AND query_start < now() - interval '250 ms'`,
      );
    while ((await waiting()).length === 0);
    await reader.query('COMMIT');
    await expect(migrating).resolves.toHaveLength(1);
    expect(await dataSource.query('SHOW lock_timeout')).toEqual([{ lock_timeout: '100ms' }]);
    await dataSource.destroy();
  });
});
