import { Logger } from '@nestjs/common';
import type { DatabaseDataSource, DatabaseOptions } from '@singr/database';
import type { Client } from 'pg';
import type { QueryRunner } from 'typeorm';
import { dataSourceFor } from '../../support/data-source.js';
import { describeOnServer, useEmptyDatabase } from '../../support/database.js';
import { RecordingLogger } from '../../support/recording-logger.js';

type Step = (queryRunner: QueryRunner) => Promise<unknown>;

class ChangesNotes1900000000000 {
  static up: Step;
  async up(queryRunner: QueryRunner) {
    await ChangesNotes1900000000000.up(queryRunner);
  }
  async down(queryRunner: QueryRunner) {
    await queryRunner.query('ALTER TABLE notes DROP mood');
  }
}

describeOnServer.each(['all', 'each', 'none'] as const)(
  'migrations beside traffic, in the mode %s',
  (transaction) => {
    const database = useEmptyDatabase();
    const logger = new RecordingLogger();
    let dataSource: DatabaseDataSource;
    let reader: Client;

    const connect = async (options: DatabaseOptions) => {
      dataSource = await dataSourceFor(
        { ...database.options, timeouts: { migrationLock: 50 }, ...options },
        { migrations: [ChangesNotes1900000000000] },
      ).initialize();
    };

    beforeEach(async () => {
      ChangesNotes1900000000000.up = (queryRunner) =>
        queryRunner.query('ALTER TABLE notes ADD mood text');
      await database.query('CREATE TABLE notes (text text)');
      reader = await database.connect();
      await reader.query('BEGIN');
      await reader.query('SELECT FROM notes');
      logger.clear();
      Logger.overrideLogger(logger);
    });

    afterEach(async () => {
      Logger.overrideLogger(false);
      await reader.end();
      await dataSource.destroy();
      await database.query('DROP TABLE IF EXISTS notes, migrations');
    });

    const columns = async () => {
      const rows = await database.query(
        `SELECT column_name FROM information_schema.columns WHERE table_name = 'notes'`,
      );
      return rows.map(({ column_name }) => column_name);
    };

    it('let later statements pass while a transaction holds the lock, and succeed after it', async () => {
      await connect({});
      const migrating = dataSource.runMigrations({ transaction });
      while (logger.messages('warn', 'Migrations').length === 0) {
        // Without a limit, this would wait behind the migration for the reader, which waits for this.
        await database.query('SELECT FROM notes');
      }
      await reader.query('COMMIT');
      await expect(migrating).resolves.toHaveLength(1);
      expect(await columns()).toEqual(['text', 'mood']);
    });

    it('give up, leave nothing, and name the transaction that they waited for', async () => {
      await connect({ migrationAttempts: 2 });
      const [{ pid }] = (await reader.query('SELECT pg_backend_pid() AS pid')).rows;
      await expect(dataSource.runMigrations({ transaction })).rejects.toMatchObject({
        code: 'MIGRATION_BLOCKED',
        message: expect.stringMatching(new RegExp(`2 attempts of 50 ms.* processes ${pid} \\(`)),
      });
      expect(await columns()).toEqual(['text']);
      await expect(dataSource.pendingMigrations()).resolves.toHaveLength(1);
    });

    it('can be reverted in the same way', async () => {
      await reader.query('ROLLBACK');
      await connect({});
      await dataSource.runMigrations({ transaction });
      await reader.query('BEGIN');
      await reader.query('SELECT FROM notes');
      const reverting = dataSource.undoLastMigration({ transaction });
      while (logger.messages('warn', 'Migrations').length === 0) {
        await database.query('SELECT FROM notes');
      }
      await reader.query('COMMIT');
      await reverting;
      expect(await columns()).toEqual(['text']);
    });
  },
);

describeOnServer('migrations in a deadlock', () => {
  const database = useEmptyDatabase();

  it('run again', async () => {
    await database.query('CREATE TABLE notes (text text); CREATE TABLE others ()');
    const other = await database.connect();
    await other.query('BEGIN; LOCK TABLE notes');
    let runs = 0;
    let otherDone: Promise<unknown> = Promise.resolve();
    ChangesNotes1900000000000.up = async (queryRunner) => {
      await queryRunner.query('LOCK TABLE others');
      if (runs++ === 0) {
        otherDone = other.query('LOCK TABLE others; COMMIT');
        // The one that looks for a deadlock first is cancelled.
        await queryRunner.query(`SET LOCAL deadlock_timeout = '10ms'`);
      }
      await queryRunner.query('ALTER TABLE notes ADD mood text');
    };
    const dataSource = await dataSourceFor(
      { ...database.options, timeouts: { migrationLock: 0 } },
      { migrations: [ChangesNotes1900000000000] },
    ).initialize();
    await expect(dataSource.runMigrations()).resolves.toHaveLength(1);
    expect(runs).toBe(2);
    await otherDone;
    await dataSource.destroy();
  });
});
