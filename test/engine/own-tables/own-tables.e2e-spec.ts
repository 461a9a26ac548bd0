import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { QueryRunner } from 'typeorm';
import { AuditVerifier, DatabaseModule, type DatabaseDataSource } from '@singr/database';
import { auditTable, unauditTable } from '@singr/database/migrations';
import { actingAs, createTestDatabase, expectAudit } from '@singr/database/testing';
import { checkSchema } from '../../../src/engine/schema/check-schema.js';
import { useTestDatabase } from '../../testing/use-test-database.js';
import { Draft, SongNote, SongNotes1790000000000 } from './song-notes.js';

const entities = [SongNote, Draft];
const migrations = [SongNotes1790000000000];

describe('tables of an application’s own, beside the package’s', () => {
  const database = useTestDatabase({ entities, migrations });
  let dataSource: DatabaseDataSource;

  beforeAll(async () => {
    dataSource = await database().dataSource();
  });

  it('are audited when their entity declares it and a migration adds the triggers', async () => {
    const notes = dataSource.getRepository(SongNote);
    const { id } = await actingAs({ name: 'editor' }, () =>
      notes.save({ text: 'Too high for me', shareToken: 'a secret' }),
    );
    await expectAudit(database(), {
      of: SongNote,
      id,
      operation: 'INSERT',
      by: { name: 'editor' },
      after: { text: 'Too high for me', share_token: '[redacted]' },
    });
  });

  it('are as the checks want them', async () => {
    expect(await checkSchema(dataSource)).toEqual([]);
    expect(await new AuditVerifier(dataSource).verify()).toEqual([]);
  });

  /** As a migration does it: the runner is given back before anything else asks for a connection. */
  async function migrate(work: (queryRunner: QueryRunner) => Promise<void>): Promise<void> {
    const queryRunner = dataSource.createQueryRunner();
    await work(queryRunner).finally(() => queryRunner.release());
  }

  it('fail the checks when the triggers are missing', async () => {
    await migrate((queryRunner) => unauditTable(queryRunner, 'song_notes'));
    expect(await new AuditVerifier(dataSource).verify()).toEqual([
      expect.objectContaining({ subject: 'song_notes', problem: 'is not audited' }),
    ]);
    await migrate((queryRunner) =>
      auditTable(queryRunner, 'song_notes', { redact: ['share_token'] }),
    );
    expect(await checkSchema(dataSource)).toEqual([]);
  });

  it('pass the checks in another schema, whatever its name looks like', async () => {
    await migrate(async (queryRunner) => {
      await queryRunner.query(`
        CREATE SCHEMA record_app;
        CREATE TABLE record_app.users (id integer PRIMARY KEY)`);
      await auditTable(queryRunner, 'record_app.users');
    });
    expect(await checkSchema(dataSource)).toEqual([]);
    expect(await new AuditVerifier(dataSource).verify()).toEqual([]);
    await migrate(async (queryRunner) => {
      await unauditTable(queryRunner, 'record_app.users');
      await queryRunner.query('DROP SCHEMA record_app CASCADE');
    });
  });

  it('fail the checks when a secret is not redacted', async () => {
    await migrate((queryRunner) => auditTable(queryRunner, 'song_notes'));
    expect(await new AuditVerifier(dataSource).verify()).toEqual([
      expect.objectContaining({
        subject: 'song_notes',
        problem: expect.stringContaining('its entity marks [share_token] as @Sensitive()'),
      }),
    ]);
    await migrate((queryRunner) =>
      auditTable(queryRunner, 'song_notes', { redact: ['share_token'] }),
    );
  });

  it('can be reverted', async () => {
    await dataSource.undoLastMigration();
    expect(await database().query(`SELECT to_regclass('song_notes') AS notes`)).toEqual([
      { notes: null },
    ]);
    await dataSource.runMigrations();
  });

  it('do not hide other tables from the checks', async () => {
    await database().query('CREATE TABLE stray (id integer PRIMARY KEY)');
    const problems = (await checkSchema(dataSource)).map(({ problem }) => problem);
    expect(problems).toEqual([
      expect.stringContaining('table public.stray is not in the file'),
      'stray is not audited.',
    ]);
    await database().query('DROP TABLE stray');
  });
});

describe('tables of another program in the same database', () => {
  const database = useTestDatabase({ otherTables: ['legacy_songs'] });

  it('are ignored when they are listed in otherTables', async () => {
    await database().query('CREATE TABLE legacy_songs (id serial PRIMARY KEY, name text)');
    const dataSource = await database().dataSource();
    expect(await checkSchema(dataSource)).toEqual([]);
    expect(await new AuditVerifier(dataSource).verify()).toEqual([]);
  });
});

describe('an application with a TypeOrmModule of its own', () => {
  const database = useTestDatabase();

  const start = async (name?: string) => {
    @Module({
      imports: [
        DatabaseModule.forRoot(database().options),
        TypeOrmModule.forRootAsync({
          name,
          useFactory: () => ({ name, type: 'postgres', url: database().url, poolSize: 1 }),
        }),
      ],
    })
    class AppModule {}
    const app = await NestFactory.createApplicationContext(AppModule, {
      logger: false,
      abortOnError: false,
    });
    await app.close();
  };

  it('works when that has a name', async () => {
    await expect(start('crm')).resolves.toBeUndefined();
  });

  it('is told to name it', async () => {
    await expect(start()).rejects.toMatchObject({ code: 'DATA_SOURCE_CONFLICT' });
  });
});

it('a test database without the application’s migrations lacks its tables', async () => {
  const database = await createTestDatabase({ entities });
  try {
    const problems = (await checkSchema(await database.dataSource())).map(({ check }) => check);
    expect(problems).toContain('entities');
  } finally {
    await database.drop();
  }
});
