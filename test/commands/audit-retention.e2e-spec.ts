import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeOnServer, useDatabase } from '../support/database.js';
import { createRenamedVenue, type RenamedVenue } from './renamed-venue.js';
import { runCommand } from './run-command.js';

const database = useDatabase();
const audit = (...words: string[]) => runCommand(database, ['audit', ...words]);
let venue: RenamedVenue;

beforeAll(async () => {
  venue = await createRenamedVenue(database);
});

async function entries(table: string, ...operations: string[]): Promise<number> {
  const [found] = await database.query(
    `SELECT count(*)::int AS entries FROM audit_logs
     WHERE table_name = $1 AND (operation = ANY ($2) OR $2 = '{}')`,
    [table, operations],
  );
  return found.entries;
}

describeOnServer('audit partitions', () => {
  it('creates those of the coming months, once', async () => {
    const [first, second] = [
      await audit('partitions', '--months', '5', '--json'),
      await audit('partitions', '--months', '5'),
    ];
    const made = JSON.parse(first.out) as string[];
    expect(made.length).toBeGreaterThan(0);
    for (const name of made) expect(name).toMatch(/^audit_logs_\d{4}_\d{2}$/);
    expect(second).toEqual({ exitCode: 0, out: 'All partitions exist.\n', err: '' });
  });
});

describeOnServer('maintain', () => {
  it('creates partitions, drops old months after archiving them, and purges', async () => {
    await database.query(
      `CREATE TABLE audit.audit_logs_2019_01 PARTITION OF audit_logs
         FOR VALUES FROM ('2019-01-01 00:00+00') TO ('2019-02-01 00:00+00')`,
    );
    const folder = await mkdtemp(join(tmpdir(), 'archive-'));
    const words = ['maintain', '--months', '7', '--retention', '3 years', '--archive', folder];
    const { exitCode, out, err } = await runCommand(database, words);
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
    expect(out).toMatch(/^created audit_logs_\d{4}_\d{2}$/m);
    expect(out).toMatch(/^dropped audit_logs_2019_01$/m);
    expect(await readdir(folder)).toEqual(['audit_logs_2019_01.jsonl.gz']);
    expect((await runCommand(database, ['maintain', '--months', '7'])).out).toBe(
      'Nothing to do.\n',
    );
  });

  it('refuses a retention that is not a time', async () => {
    const { exitCode, err } = await runCommand(database, ['maintain', '--retention', 'long']);
    expect(exitCode).toBe(1);
    expect(err).toMatch(/"24 months"/);
    expect(err).not.toMatch(/ at .*ts:/);
  });
});

describeOnServer('audit erase', () => {
  it('erases a person’s data, and keeps the entries', async () => {
    const [{ email }] = await database.query('SELECT email FROM users WHERE users_id = $1', [
      venue.ownerId,
    ]);
    const before = await entries('users', 'INSERT');
    const { exitCode, out } = await audit('erase', '--user', venue.ownerId, '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ entries: { users: 1 }, notLookedAt: [] });
    await expect(entries('users', 'INSERT')).resolves.toBe(before);
    const left = await database.query(
      `SELECT FROM audit_logs WHERE position($1 in concat(old_data, new_data)) > 0`,
      [email],
    );
    expect(left).toEqual([]);
  });

  it('says when there is nothing about the user', async () => {
    const nobody = '00000000-0000-4000-8000-000000000000';
    await expect(audit('erase', '--user', nobody)).resolves.toEqual({
      exitCode: 0,
      out: 'The trail has no personal data of this user in the columns that entities mark as personal.\n',
      err: '',
    });
  });
});

describeOnServer('audit prune', () => {
  const future = '9000-01-01';

  it('counts with --dry-run, and deletes nothing', async () => {
    await database.query(
      `CREATE TABLE audit.audit_logs_2020_01 PARTITION OF audit_logs
         FOR VALUES FROM ('2020-01-01 00:00+00') TO ('2020-02-01 00:00+00')`,
    );
    const before = await entries('venues');
    const { exitCode, out } = await audit('prune', '--before', future, '--dry-run');
    expect(exitCode).toBe(0);
    // A month that is not over stays a place for what is to come.
    expect(out.match(/^audit_logs_.*$/gm)).toEqual(['audit_logs_2020_01: would be dropped']);
    expect(out).toContain('venues: 3 would go\n');
    await expect(entries('venues')).resolves.toBe(before);
  });

  it('finds nothing older than the trail', async () => {
    await expect(audit('prune', '--before', '2001-01-01')).resolves.toEqual({
      exitCode: 0,
      out: 'No entries are older.\n',
      err: '',
    });
  });

  it('deletes the entries of one table, and records the deletion', async () => {
    const others = await entries('users');
    const words = ['prune', '--before', future, '--table', 'venues', '--batch-size', '2', '--json'];
    const { exitCode, out } = await audit(...words);
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toEqual({
      dryRun: false,
      droppedPartitions: [],
      entries: { venues: 3 },
    });
    await expect(entries('venues', 'INSERT', 'UPDATE')).resolves.toBe(0);
    await expect(entries('venues', 'PRUNE')).resolves.toBeGreaterThan(0);
    await expect(entries('users')).resolves.toBe(others);
  });
});

describeOnServer('audit unattributed', () => {
  it('makes the whole database reject writes without an actor, and allow them again', async () => {
    const write = () => database.query(`UPDATE venues SET city = 'Memphis'`);
    await expect(audit('unattributed', 'reject')).resolves.toEqual({
      exitCode: 0,
      out: 'New connections now reject writes without an actor.\n',
      err: '',
    });
    await expect(write()).rejects.toThrow(/actor/);

    const { exitCode, out } = await audit('unattributed', 'allow', '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toEqual({ policy: 'allow' });
    await expect(write()).resolves.toEqual([]);
  });
});
