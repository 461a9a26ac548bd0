import { describeOnServer, useDatabase } from '../support/database.js';
import { createRenamedVenue, type RenamedVenue } from './renamed-venue.js';
import { runCommand } from './run-command.js';

const database = useDatabase();
const audit = (...words: string[]) => runCommand(database, ['audit', ...words]);
let venue: RenamedVenue;

beforeAll(async () => {
  venue = await createRenamedVenue(database);
});

describeOnServer('audit history', () => {
  it('prints a record’s entries, the newest first, in lines of at most 80 columns', async () => {
    const { exitCode, out, err } = await audit('history', 'venues', venue.id);
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    const [moved, renamed, inserted, ...others] = out.trimEnd().split(/\n(?=\d)/);
    expect(others).toEqual([]);
    expect(moved).toMatch(
      new RegExp(
        `^${venue.moved} +UPDATE venues ${venue.id}\n +20.* UTC by office\n +city: "Nashville" → "Franklin"\n`,
      ),
    );
    expect(renamed).toContain('name: "Test Karaoke Bar" → "Singing Cowboy"');
    expect(inserted).toMatch(/INSERT .*\n.*\n +\d+ columns$/);
  });

  it('prints JSON, page by page', async () => {
    const first = JSON.parse(
      (await audit('history', 'venues', venue.id, '--json', '--limit', '2')).out,
    );
    expect(first).toMatchObject({
      entries: [{ sequence: venue.moved }, { sequence: venue.renamed }],
      nextCursor: venue.renamed,
    });
    const second = JSON.parse(
      (await audit('history', 'venues', venue.id, '--json', '--cursor', first.nextCursor)).out,
    );
    expect(second).toMatchObject({ entries: [{ operation: 'INSERT' }], nextCursor: null });
  });

  it('prints JSON that a program can read, whatever is logged', async () => {
    const { exitCode, out, err } = await runCommand(database, ['audit', 'history', '--json'], {
      LOG_LEVEL: 'debug',
    });
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toHaveProperty('entries');
    expect(err).toContain('DEBUG: Database: ');
  });

  it('takes entries in place of times', async () => {
    const [from, until] = await Promise.all([
      audit('history', 'venues', venue.id, '--from', venue.moved, '--json'),
      audit('history', 'venues', venue.id, '--until', venue.moved, '--json'),
    ]);
    expect(JSON.parse(from.out).entries).toMatchObject([{ sequence: venue.moved }]);
    expect(JSON.parse(until.out).entries).toMatchObject([
      { sequence: venue.renamed },
      { operation: 'INSERT' },
    ]);
  });

  it('shows the e-mail address of a user', async () => {
    const [user] = await database.query(
      "INSERT INTO users (email) VALUES ('ann@example.com') RETURNING users_id AS id",
    );
    await database.query(
      `SELECT set_config('app.current_user_id', '${user.id}', false);
       UPDATE users SET name = 'Ann' WHERE users_id = '${user.id}'`,
    );
    expect((await audit('history', 'users', user.id)).out).toContain(' UTC by ann@example.com');
  });

  it('filters by actor, operation and time', async () => {
    const [office, nobody, page] = await Promise.all([
      audit('history', '--actor', 'office', '--operation', 'update', '--json'),
      audit('history', '--actor', 'nobody'),
      audit('history', 'venues', '--until', venue.beforeRenaming, '--json'),
    ]);
    expect(JSON.parse(office.out).entries).toHaveLength(2);
    expect(nobody).toEqual({ exitCode: 0, out: 'No entries.\n', err: '' });
    expect(JSON.parse(page.out).entries).toMatchObject([{ operation: 'INSERT' }]);
  });
});

describeOnServer('audit diff', () => {
  it('prints what differs between a time and now', async () => {
    const { exitCode, out } = await audit('diff', 'venues', venue.id, venue.beforeRenaming);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^column +from +to\n[- ]+\n/);
    expect(out).toMatch(/^name +"Test Karaoke Bar" +"Singing Cowboy"$/m);
    expect(out).toMatch(/^city +"Nashville" +"Franklin"$/m);
  });

  it('prints JSON, and says when there is no difference', async () => {
    const [json, same] = await Promise.all([
      audit('diff', 'venues', venue.id, venue.beforeRenaming, '--json'),
      audit('diff', 'venues', venue.id, venue.beforeRenaming, venue.beforeRenaming),
    ]);
    expect(JSON.parse(json.out)).toContainEqual({
      column: 'city',
      from: 'Nashville',
      to: 'Franklin',
      redacted: false,
    });
    expect(same.out).toBe('No difference.\n');
  });
});

describeOnServer('audit diff of an invalid moment, and now', () => {
  it('reports it in one line, without an unhandled rejection', async () => {
    const { exitCode, err } = await audit('diff', 'venues', venue.id, '99999999999999999999');
    expect(exitCode).toBe(1);
    expect(err).toMatch(/^.*The sequence is a decimal number.*\n$/);
  });
});

describeOnServer('audit diff of two entries', () => {
  it('treats numbers as sequences', async () => {
    const { exitCode, out } = await audit('diff', 'venues', venue.id, venue.renamed, venue.moved);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^city +"Nashville" +"Franklin"$/m);
    expect(out).not.toMatch(/^name/m);
  });

  it('compares an entry with a time, or with now', async () => {
    const [time, now] = await Promise.all([
      audit('diff', 'venues', venue.id, venue.beforeRenaming, venue.renamed),
      audit('diff', 'venues', venue.id, venue.moved),
    ]);
    expect(time.out).toMatch(/^name +"Test Karaoke Bar" +"Singing Cowboy"$/m);
    expect(now.out).toBe('No difference.\n');
  });

  it('reports an entry that does not belong to the record', async () => {
    await expect(audit('diff', 'venues', venue.id, '999999999')).resolves.toMatchObject({
      exitCode: 1,
      err: expect.stringContaining('has no entry of this record with the sequence 999999999'),
    });
  });
});

describeOnServer('audit show', () => {
  it('prints a record as it was at a time, and after an entry', async () => {
    const [then, after] = await Promise.all([
      audit('show', 'venues', venue.id, venue.beforeRenaming),
      audit('show', 'venues', venue.id, venue.renamed),
    ]);
    expect(then.exitCode).toBe(0);
    expect(then.out).toMatch(/^column +value\n[- ]+\n/);
    expect(then.out).toMatch(/^name +"Test Karaoke Bar"$/m);
    expect(after.out).toMatch(/^name +"Singing Cowboy"$/m);
  });

  it('prints JSON, and says when there was no such record', async () => {
    const [json, nothing, nothingInJson] = await Promise.all([
      audit('show', 'venues', venue.id, venue.beforeRenaming, '--json'),
      audit('show', 'venues', venue.id, '2001-01-01'),
      audit('show', 'venues', venue.id, '2001-01-01', '--json'),
    ]);
    expect(JSON.parse(json.out)).toMatchObject({ venues_id: venue.id, name: 'Test Karaoke Bar' });
    expect(nothing).toEqual({ exitCode: 0, out: 'There was no such record.\n', err: '' });
    expect(nothingInJson.out).toBe('null\n');
  });
});

describeOnServer('audit verify', () => {
  it('exits with 0 when every write is recorded', async () => {
    await expect(audit('verify')).resolves.toEqual({
      exitCode: 0,
      out: 'No problems found: all writes are recorded, and the trail is protected.\n',
      err: '',
    });
  });

  it('exits with 1, and prints a remedy for each problem', async () => {
    await database.query('ALTER TABLE systems DISABLE TRIGGER "!audit_insert"');
    try {
      const [table, json] = await Promise.all([audit('verify'), audit('verify', '--json')]);
      expect(table).toMatchObject({
        exitCode: 1,
        out: expect.stringMatching(/^systems .*"!audit_insert".*\n {4}→ .+\n$/),
      });
      expect(json.exitCode).toBe(1);
      expect(JSON.parse(json.out)).toMatchObject([
        { subject: 'systems', problem: expect.any(String), remedy: expect.any(String) },
      ]);
    } finally {
      await database.query('ALTER TABLE systems ENABLE TRIGGER "!audit_insert"');
    }
  });
});
