import { randomBytes } from 'node:crypto';
import { describeOnServer, useDatabase } from '../support/database.js';
import { runCommand, type Outcome } from './run-command.js';

/** Roles belong to the whole server: the name is this run's alone. */
const role = `singr_app_${randomBytes(6).toString('hex')}`;

describeOnServer('as the role of the application,', () => {
  const database = useDatabase();

  beforeAll(async () => {
    await database.query(`CREATE ROLE ${role} LOGIN PASSWORD '${role}'`);
    await database.query('SELECT audit.grant_application($1)', [role]);
    database.beforeDrop(async () => {
      await database.query(`DROP OWNED BY ${role}`);
      await database.query(`DROP ROLE ${role}`);
    });
  });

  function run(...words: string[]): Promise<Outcome> {
    const url = new URL(database.url);
    url.username = url.password = role;
    return runCommand(database, words, { DATABASE_URL: url.href });
  }

  it.each([
    [['audit', 'partitions']],
    [['audit', 'prune', '--before', '2020-01-01']],
    [['audit', 'erase', '--user', '11111111-1111-4111-8111-111111111111']],
    [['audit', 'unattributed', 'reject']],
    [['audit', 'verify']],
    [['reset', '--yes']],
    [['check']],
  ])('%j says in a sentence to run it as the owner', async (words) => {
    const { exitCode, err } = await run(...words);
    expect(exitCode).toBe(1);
    expect(err).toMatch(/owner/);
    expect(err).not.toMatch(/\n +at /);
  });
});
