import { describeOnServer, useDatabase } from '../support/database.js';
import { createRenamedVenue, type RenamedVenue } from './renamed-venue.js';
import { runCommand } from './run-command.js';

const database = useDatabase();
const audit = (...words: string[]) => runCommand(database, ['audit', ...words]);
let venue: RenamedVenue;

beforeAll(async () => {
  venue = await createRenamedVenue(database);
});

async function state(): Promise<{ name: string; city: string }> {
  const [row] = await database.query('SELECT name, city FROM venues WHERE venues_id = $1', [
    venue.id,
  ]);
  return row;
}

async function lastEntry() {
  const [entry] = await database.query(
    "SELECT operation, actor_name, undoes FROM audit_logs WHERE table_name = 'venues' ORDER BY sequence DESC LIMIT 1",
  );
  return entry;
}

describeOnServer('audit undo', () => {
  it('prints a plan with --dry-run, and changes nothing', async () => {
    const [table, json] = await Promise.all([
      audit('undo', venue.moved, '--dry-run'),
      audit('undo', venue.moved, '--dry-run', '--json'),
    ]);
    expect(table.exitCode).toBe(0);
    expect(table.out).toMatch(
      new RegExp(
        `^Dry run, nothing was changed. Planned:\nupdate venues ${venue.id}\n +city: "Franklin" → "Nashville"\n`,
      ),
    );
    expect(JSON.parse(json.out)).toMatchObject({
      dryRun: true,
      steps: [{ action: 'update', table: 'venues', recordId: venue.id }],
    });
    await expect(state()).resolves.toEqual({ name: 'Singing Cowboy', city: 'Franklin' });
  });

  it('takes the time of a transaction when two have the same id', async () => {
    const [{ id, at }] = await database.query(
      `SELECT transaction_id AS id, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') AS at
       FROM audit_logs WHERE sequence = $1`,
      [venue.moved],
    );
    const words = ['undo', '--transaction', id, '--dry-run', '--at'];
    const [right, wrong] = await Promise.all([audit(...words, at), audit(...words, '2024-01-01')]);
    expect(right).toMatchObject({ exitCode: 0, out: expect.stringContaining(venue.id) });
    expect(wrong).toMatchObject({ exitCode: 1, err: expect.stringContaining('has no entry') });
  });

  it('refuses to overwrite later changes, in one line', async () => {
    await database.query(`UPDATE venues SET name = 'Honky Tonk'`);
    await expect(audit('undo', venue.renamed)).resolves.toEqual({
      exitCode: 1,
      out: '',
      err: expect.stringMatching(/^Nothing was undone: venues .*\n$/),
    });
    await expect(state()).resolves.toEqual({ name: 'Honky Tonk', city: 'Franklin' });
  });

  it('overwrites it with --force, with the user of the command as actor', async () => {
    const { exitCode, out } = await audit('undo', venue.renamed, '--force');
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^Done:\n/);
    await expect(state()).resolves.toEqual({ name: 'Test Karaoke Bar', city: 'Franklin' });
    await expect(lastEntry()).resolves.toEqual({
      operation: 'UPDATE',
      actor_name: 'audit command by rosa',
      undoes: venue.renamed,
    });
  });

  it('undoes a transaction', async () => {
    const [{ id }] = await database.query(
      `UPDATE venues SET city = 'Memphis' RETURNING pg_current_xact_id()::text AS id`,
    );
    await expect(audit('undo', '--transaction', id)).resolves.toMatchObject({ exitCode: 0 });
    await expect(state()).resolves.toMatchObject({ city: 'Franklin' });
  });

  it('puts back single columns with --column, of one entry', async () => {
    await database.query(`UPDATE venues SET city = 'Memphis', address = 'x', phone_number = 'x'`);
    const [{ sequence }] = await database.query(
      `SELECT sequence FROM audit_logs WHERE table_name = 'venues' ORDER BY sequence DESC LIMIT 1`,
    );
    const { exitCode, out } = await audit('undo', sequence, '--column', 'city,address');
    expect([exitCode, out]).toEqual([0, expect.stringMatching(/stay as they are: phone_number/)]);
    await expect(state()).resolves.toMatchObject({ city: 'Franklin' });
    const refused = await audit('undo', '--transaction', '1', '--column', 'city');
    expect(refused).toMatchObject({ exitCode: 1, err: expect.stringContaining('--column') });
  });
});

describeOnServer('audit undo of an INSERT and of a DELETE', () => {
  it('says that it deletes or inserts, and shows the row', async () => {
    const [song] = await database.query<{ id: string }>(
      `INSERT INTO roles (slug, description) VALUES ('host', 'Host') RETURNING roles_id AS id`,
    );
    const sequenceOf = async (operation: string) => {
      const [entry] = await database.query(
        `SELECT sequence FROM audit_logs WHERE record_id = $1 AND operation = $2`,
        [song!.id, operation],
      );
      return entry.sequence as string;
    };
    const inserted = await audit('undo', await sequenceOf('INSERT'), '--dry-run');
    expect(inserted.out).toContain(`delete roles ${song!.id}\n`);
    expect(inserted.out).toMatch(/^ +description: "Host"$/m);
    await database.query(`DELETE FROM roles WHERE slug = 'host'`);
    const deleted = await audit('undo', await sequenceOf('DELETE'), '--dry-run');
    expect(deleted.out).toContain(`insert roles ${song!.id}\n`);
    expect(deleted.out).toMatch(/^ +slug: "host"$/m);
  });
});

describeOnServer('audit restore', () => {
  it('puts a record back to what it was at a time', async () => {
    const words = ['restore', 'venues', venue.id, venue.beforeRenaming];
    const plan = await audit(...words, '--dry-run');
    expect(plan.out).toMatch(/^Dry run, nothing was changed. Planned:\n/);
    await expect(state()).resolves.toMatchObject({ city: 'Franklin' });

    await expect(audit(...words)).resolves.toMatchObject({
      exitCode: 0,
      out: expect.stringMatching(/^Done:\n/),
    });
    await expect(state()).resolves.toEqual({ name: 'Test Karaoke Bar', city: 'Nashville' });
    await expect(audit(...words)).resolves.toMatchObject({ exitCode: 0 });
  });

  it('takes an entry in place of a time', async () => {
    await expect(
      audit('restore', 'venues', venue.id, venue.renamed, '--dry-run'),
    ).resolves.toMatchObject({
      exitCode: 0,
      out: expect.stringContaining('name: "Test Karaoke Bar" → "Singing Cowboy"'),
    });
    await expect(audit('restore', 'venues', venue.id, '999999')).resolves.toMatchObject({
      exitCode: 1,
      err: expect.stringContaining('has no entry of the sequence 999999'),
    });
  });
});

describeOnServer('audit restore-to', () => {
  const venues = async () =>
    (await database.query<{ name: string }>('SELECT name FROM venues')).map(({ name }) => name);
  const words = (...more: string[]) =>
    audit('restore-to', venue.beforeRenaming, 'venues,state', ...more);

  it('counts the rows that would change in each table with --dry-run', async () => {
    await database.query(`UPDATE venues SET name = 'Honky Tonk'`);
    const { exitCode, out } = await audit(
      'restore-to',
      venue.beforeRenaming,
      'venues',
      '--where',
      `venues_id=${venue.id}`,
      '--dry-run',
    );
    expect(exitCode).toBe(0);
    expect(out).toMatch(
      /^Dry run, nothing was changed. Planned:\ntable +inserted +updated +deleted/,
    );
    expect(out).toMatch(/^venues +0 +1 +0/m);
    expect(await venues()).toEqual(['Honky Tonk']);
  });

  it('puts them back', async () => {
    const { exitCode, out } = await words();
    expect({ exitCode, out }).toMatchObject({
      exitCode: 0,
      out: expect.stringMatching(/^Done:\n/),
    });
    expect(await venues()).toEqual(['Test Karaoke Bar']);
  });

  it('refuses an invalid condition', async () => {
    await expect(words('--where', 'venues_id')).resolves.toMatchObject({
      exitCode: 1,
      err: expect.stringContaining('COLUMN=VALUE'),
    });
  });
});
