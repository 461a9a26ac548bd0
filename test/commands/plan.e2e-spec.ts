import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useDatabase } from '../support/database.js';
import { runCommand } from './run-command.js';

const first = `
  class CreatesNotes1900000000000 {
    async up(queryRunner) {
      await queryRunner.query('CREATE TABLE notes (id int PRIMARY KEY, text text, stars int)');
    }
    async down() {}
  }`;

const others = `
  class ChangesNotes1900000000001 {
    async up(queryRunner) {
      await queryRunner.query('ALTER TABLE notes ADD COLUMN mood text');
      await queryRunner.query('CREATE INDEX notes_text ON notes (text)');
      await queryRunner.query('ALTER TABLE notes ALTER stars TYPE bigint');
      await queryRunner.query('ALTER TABLE notes ADD CONSTRAINT some_stars CHECK (stars > 0)');
      await queryRunner.query('ALTER TABLE notes ADD CONSTRAINT few_stars CHECK (stars < 6) NOT VALID');
      await queryRunner.query('ALTER TABLE notes ALTER text SET NOT NULL');
      await queryRunner.query('ALTER TABLE notes RENAME COLUMN stars TO points');
      await queryRunner.query('CREATE TABLE others (id int)');
      await queryRunner.query('CREATE INDEX others_id ON others (id)');
      await queryRunner.hasTable('notes');
    }
    async down() {}
  }
  class DropsNotes1900000000002 {
    transaction = false;
    async up(queryRunner) {
      await queryRunner.query('CREATE INDEX CONCURRENTLY notes_mood ON notes (mood)');
      await queryRunner.query('DROP TABLE notes');
    }
    async down() {}
  }`;

describe('npx singr-db migrate --plan', () => {
  const database = useDatabase();
  let folder: string;

  const withMigrations = (classes: string, names: string) =>
    writeFileSync(
      join(folder, 'singr-db.config.mjs'),
      `${classes}\nexport const migrations = [${names}];\nexport const otherTables = ['notes'];`,
    );
  const run = (...words: string[]) => runCommand(database, words, {}, folder);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'singr-plan-test-'));
    withMigrations(first, 'CreatesNotes1900000000000');
    await run('migrate');
    withMigrations(
      first + others,
      'CreatesNotes1900000000000, ChangesNotes1900000000001, DropsNotes1900000000002',
    );
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  it('lists statements, locks and dangers', async () => {
    const { exitCode, out } = await run('migrate', '--plan');
    expect(exitCode).toBe(0);
    expect(out.split('\n').slice(0, -2)).toEqual([
      'ChangesNotes1900000000001, in a transaction: it holds each lock until its end',
      '    ALTER TABLE notes ADD COLUMN mood text',
      '        notes: AccessExclusiveLock, reads and writes wait',
      '    CREATE INDEX notes_text ON notes (text)',
      '        notes: ShareLock, writes wait',
      expect.stringContaining('! builds an index of notes'),
      '    ALTER TABLE notes ALTER stars TYPE bigint',
      expect.stringContaining('! rewrites notes'),
      '    ALTER TABLE notes ADD CONSTRAINT some_stars CHECK (stars > 0)',
      expect.stringMatching(
        /! checks all rows of notes for some_stars, and blocks reads and writes/,
      ),
      '    ALTER TABLE notes ADD CONSTRAINT few_stars CHECK (stars < 6) NOT VALID',
      '    ALTER TABLE notes ALTER text SET NOT NULL',
      expect.stringContaining('to make text NOT NULL'),
      '    ALTER TABLE notes RENAME COLUMN stars TO points',
      expect.stringContaining('! renames the column stars of notes to points'),
      '    CREATE TABLE others (id int)',
      '    CREATE INDEX others_id ON others (id)',
      'DropsNotes1900000000002, outside a transaction',
      '    CREATE INDEX CONCURRENTLY notes_mood ON notes (mood)',
      '        ShareUpdateExclusiveLock, schema changes and VACUUM wait',
      '    DROP TABLE notes',
      '        notes: AccessExclusiveLock, reads and writes wait',
      expect.stringContaining('! drops the table notes'),
    ]);
  });

  it('applies none, and check names the dangers of each', async () => {
    const { exitCode, err } = await run('check');
    expect(exitCode).toBe(1);
    expect(err).toMatch(
      /migration DropsNotes1900000000002 has not been applied\.\n +drops the table notes/,
    );
  });
});
