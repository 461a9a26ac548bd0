import { migrations } from '../../migrations/index.js';
import { describeOnServer, useEmptyDatabase } from '../support/database.js';
import { runCommand } from './run-command.js';

describe('an empty database', () => {
  const database = useEmptyDatabase();

  it('is not seeded before it is migrated', async () => {
    const { exitCode, err } = await runCommand(database, ['seed']);
    expect(exitCode).toBe(1);
    expect(err).toMatch(/^\d+ migration\(s\) are pending, .*npx singr-db migrate .*\n$/);
  });

  it('is distinguished from a migrated one', async () => {
    const { exitCode, err } = await runCommand(database, ['check']);
    expect(exitCode).toBe(1);
    expect(err).toContain(`The migration ${migrations[0]!.name} has not been applied.`);
    expect(err).toContain(`${migrations.length} finding(s).`);
  });

  it('is migrated once, which --status tells', async () => {
    const before = await runCommand(database, ['migrate', '--status']);
    expect(before).toMatchObject({ exitCode: 1, err: '' });
    expect(before.out.match(/ pending$/gm)).toHaveLength(migrations.length);
    const first = await runCommand(database, ['migrate']);
    expect(first).toMatchObject({ exitCode: 0, err: '' });
    for (const { name } of migrations) expect(first.out.split(name)).toHaveLength(2);
    expect(first.out).toContain(`applied ${migrations.length} migration(s)`);

    const second = await runCommand(database, ['migrate']);
    expect(second).toMatchObject({ exitCode: 0, err: '' });
    expect(second.out).toContain('nothing to do: the database is up to date');

    const after = await runCommand(database, ['migrate', '--status']);
    expect(after).toMatchObject({ exitCode: 0, err: '' });
    expect(after.out).toMatch(new RegExp(`^${migrations[0]!.name} +applied$`, 'm'));
    expect(after.out).not.toContain('pending');
  });

  it('gets no accounts in production, and refuses --fresh and reset', async () => {
    const production = { NODE_ENV: 'production' };
    await expect(runCommand(database, ['seed', '--fresh'], production)).resolves.toEqual({
      exitCode: 1,
      out: '',
      err: expect.stringMatching(/^Seeding with --fresh deletes every user.*refused.*\n$/),
    });
    await expect(runCommand(database, ['reset'], production)).resolves.toEqual({
      exitCode: 1,
      out: '',
      err: expect.stringMatching(/^A reset drops every table.*refused.*\n$/),
    });
    const { exitCode, out } = await runCommand(database, ['seed'], production);
    expect(exitCode).toBe(0);
    expect(out).not.toContain('123!');
    const [found] = await database.query(
      'SELECT (SELECT count(*)::int FROM users) AS users, (SELECT count(*)::int FROM roles) AS roles',
    );
    expect(found).toEqual({ users: 0, roles: 3 });
  });

  it('gets no accounts where the database is on another machine, unless they are asked for', async () => {
    // An address of this machine that is not one of the names it always has.
    const elsewhere = { DATABASE_URL: database.url.replace(/@[^:/]+/, '@127.1') };
    const plain = await runCommand(database, ['seed'], elsewhere);
    expect(plain).toMatchObject({ exitCode: 0, err: '' });
    expect(plain.out).toContain('the database is on another machine. Use --demo to add them.');
    expect(plain.out).not.toContain('123!');

    const production = { ...elsewhere, NODE_ENV: 'production' };
    await expect(runCommand(database, ['seed', '--demo'], production)).resolves.toEqual({
      exitCode: 1,
      out: '',
      err: expect.stringMatching(/^Seeding with --demo creates accounts.*refused.*\n$/),
    });
    const asked = await runCommand(database, ['seed', '--demo'], elsewhere);
    expect(asked.out).toContain('Customer: customer@example.com / Customer123!');
    await database.query('DELETE FROM users; DELETE FROM customer_profiles');
  });

  it('is seeded once, and says what it created', async () => {
    const first = await runCommand(database, ['seed']);
    expect(first).toMatchObject({ exitCode: 0, err: '' });
    expect(first.out).toContain('users: 3 created, 0 changed, 0 unchanged');
    expect(first.out).toContain('Customer: customer@example.com / Customer123!');
    const entries = await countEntries();

    const second = await runCommand(database, ['seed']);
    expect(second.exitCode).toBe(0);
    expect(second.out).toContain('users: 0 created, 0 changed, 3 unchanged');
    await expect(countEntries()).resolves.toBe(entries);
  });

  it('is neither reset nor seeded afresh before somebody confirms it', async () => {
    const before = await countEntries();
    for (const words of [['reset'], ['seed', '--fresh']]) {
      await expect(runCommand(database, words)).resolves.toEqual({
        exitCode: 1,
        out: '',
        err: expect.stringMatching(/^This d.*, in the database ".*" at [^ ]+:\d+, .*--yes\.\n$/),
      });
    }
    await expect(countEntries()).resolves.toBe(before);
  });

  it('is reset: its data is gone, and the demo data is back', async () => {
    await database.query(`INSERT INTO users (email) VALUES ('somebody@example.com')`);
    const { exitCode, out, err } = await runCommand(database, ['reset', '--yes']);
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
    expect(out).toContain(`reverted ${migrations.length} migration(s)`);
    const users = await database.query('SELECT email FROM users ORDER BY 1');
    expect(users.map(({ email }) => email)).toEqual([
      'admin@singrkaraoke.com',
      'customer@example.com',
      'singer@example.com',
    ]);
    const [{ writers }] = await database.query(
      'SELECT array_agg(DISTINCT actor_name) AS writers FROM audit_logs',
    );
    expect(writers).toEqual(['seed']);
  });

  async function countEntries(): Promise<number> {
    const [found] = await database.query('SELECT count(*)::int AS entries FROM audit_logs');
    return found.entries;
  }
});

describeOnServer('a command without a usable database', () => {
  const database = useEmptyDatabase();

  it.each([
    [
      'no database is configured in production',
      { DATABASE_URL: '', NODE_ENV: 'production' },
      /^No database is configured and NODE_ENV is "production".*\n$/,
    ],
    [
      'nobody listens',
      { DATABASE_URL: 'postgres://me:secret@127.0.0.1:1/none' },
      /^No PostgreSQL server answers at 127\.0\.0\.1:1 .*\n$/,
    ],
    [
      'the URL is none',
      { DATABASE_URL: 'secret' },
      /^The database is not configured: DATABASE_URL is not a PostgreSQL URL.*\n$/,
    ],
  ])('says in one line that %s', async (_, variables, message) => {
    const outcome = await runCommand(database, ['seed'], variables);
    expect(outcome).toEqual({ exitCode: 1, out: '', err: expect.stringMatching(message) });
    expect(outcome.err).not.toContain('secret');
  });
});
