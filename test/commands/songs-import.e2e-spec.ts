import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useDatabase } from '../support/database.js';
import { createRenamedVenue } from './renamed-venue.js';
import { runCommand } from './run-command.js';

const database = useDatabase();
let folder: string;
let customer: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'singr-songs-'));
  const { id } = await createRenamedVenue(database);
  const [venue] = await database.query(
    'SELECT customer_profiles_id AS customer FROM venues WHERE venues_id = $1',
    [id],
  );
  customer = venue.customer;
});

afterAll(() => rm(folder, { recursive: true }));

/** Imports a file with this content. */
async function songsImport(content: string | Buffer, ...words: string[]) {
  const file = join(folder, 'songs.csv');
  await writeFile(file, content);
  const who = words.includes('--customer') ? [] : ['--customer', customer];
  return runCommand(database, ['songs', 'import', file, ...who, ...words]);
}

async function catalogue(system: number): Promise<string[]> {
  const rows: { combined: string }[] = await database.query(
    'SELECT combined FROM songdb WHERE openkj_system_id = $1 ORDER BY combined',
    [system],
  );
  return rows.map(({ combined }) => combined);
}

describe('songs import', () => {
  it('prints a summary of the rows, and no progress line if standard error is not a terminal', async () => {
    const csv = 'artist,title\nQueen,One Vision\n,Nobody’s\nQUEEN,one vision\nAbba,SOS\n';
    expect(await songsImport(csv, '--system', '1')).toEqual({
      exitCode: 0,
      out: [
        'read as UTF-8, columns separated by ","',
        'rows  inserted  updated  unchanged  duplicates  refused  deleted',
        '----  --------  -------  ---------  ----------  -------  -------',
        '4     2         0        0          1           1        0',
        'line 3: refused, no artist',
        'line 4: duplicate, the same as line 2',
        '',
      ].join('\n'),
      err: '',
    });
    expect(await catalogue(1)).toEqual(['Abba - SOS', 'Queen - One Vision']);
  });

  it('attributes its writes to the user who ran it', async () => {
    const actors = await database.query(
      `SELECT DISTINCT actor_name FROM audit_logs WHERE table_name = 'songdb'`,
    );
    expect(actors).toEqual([{ actor_name: 'songs command by rosa' }]);
  });

  it.each([
    [';', 'Singer;Song\nQueen;One\n'],
    ['\\t', 'Singer\tSong\nQueen\tOne\n'],
  ])('takes columns of other names, separated by %s', async (delimiter, csv) => {
    const { exitCode, err } = await songsImport(
      csv,
      ...['--system', '2', '--replace', '--delimiter', delimiter],
      ...['--artist-column', 'singer', '--title-column', 'song'],
    );
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
    expect(await catalogue(2)).toEqual(['Queen - One']);
  });

  it('takes a list without a header as people have it: the separator and the encoding are found and said', async () => {
    const csv = Buffer.from('SC1;Beyonc\xe9;Halo\nSC2;Queen;One\n', 'latin1');
    const columns = ['--no-header', '--artist-column', '2', '--title-column', '3'];
    const { exitCode, out } = await songsImport(csv, '--system', '3', ...columns);
    expect(exitCode).toBe(0);
    expect(out).toContain('read as Windows-1252, columns separated by ";"\n');
    expect(await catalogue(3)).toEqual(['Beyoncé - Halo', 'Queen - One']);
  });

  it('shows the first songs as they would be with --dry-run, and writes nothing', async () => {
    const csv = 'Queen - One  Vision\nno song\nABBA - SOS\n';
    const options = ['--no-header', '--combined-column', '1', '--dry-run'];
    expect(await songsImport(csv, '--system', '4', ...options)).toEqual({
      exitCode: 0,
      out: [
        'read as UTF-8, each line one column',
        'line  artist  title',
        '----  ------  ----------',
        '1     Queen   One Vision',
        '3     ABBA    SOS',
        'line 2: refused, no " - " after an artist',
        '3 rows, 1 of them refused. Nothing was written.',
        '',
      ].join('\n'),
      err: '',
    });
    expect(await catalogue(4)).toEqual([]);
  });

  it('finds the customer by an e-mail address or a name, in any case', async () => {
    await database.query(
      `UPDATE customer_profiles SET dba_name = 'Rosa’s Karaoke', contact_email = 'desk@rosa.test'
       WHERE customer_profiles_id = $1`,
      [customer],
    );
    const [{ email }] = await database.query(
      `SELECT email FROM users JOIN customer_profiles USING (users_id) WHERE customer_profiles_id = $1`,
      [customer],
    );
    for (const who of [email.toUpperCase(), 'Desk@Rosa.test', 'rosa’s karaoke']) {
      const csv = `artist,title\nQueen,${who}\n`;
      const words = ['--customer', who, '--system', '5', '--replace'];
      expect(await songsImport(csv, ...words)).toMatchObject({ exitCode: 0 });
      expect(await catalogue(5)).toEqual([`Queen - ${who}`]);
    }
  });

  it('refuses a customer that nobody is, or several are', async () => {
    const csv = 'artist,title\nQueen,One\n';
    const nobody = await songsImport(csv, '--customer', 'Nobody’s', '--system', '6');
    expect(nobody).toMatchObject({ exitCode: 1, out: '' });
    expect(nobody.err).toContain('No customer has the e-mail address or the name "Nobody’s"');
    await database.query(`
      WITH one AS (INSERT INTO users (email) VALUES ('one@twins.test') RETURNING users_id),
           other AS (INSERT INTO users (email) VALUES ('other@twins.test') RETURNING users_id)
      INSERT INTO customer_profiles (users_id, dba_name)
      SELECT users_id, 'Twins' FROM one UNION ALL SELECT users_id, 'Twins' FROM other`);
    const twins = await songsImport(csv, '--customer', 'Twins', '--system', '6');
    expect(twins).toMatchObject({ exitCode: 1, out: '' });
    expect(twins.err).toMatch(
      /Several customers .* [0-9a-f-]{36} \(Twins\), [0-9a-f-]{36} \(Twins\)/,
    );
  });

  it.each([
    ['a file without the column', 'a,b\n', '--artist-column'],
    ['to replace a catalogue with nothing', 'artist,title\n', 'There is no song in the source'],
  ])('refuses %s, and ends with 1', async (_what, csv, message) => {
    const before = await catalogue(1);
    const { exitCode, err } = await songsImport(csv, '--system', '1', '--replace');
    expect(exitCode).toBe(1);
    expect(err).toContain(message);
    expect(await catalogue(1)).toEqual(before);
  });

  it('refuses a missing file, with the exit code 1', async () => {
    const file = join(folder, 'none.csv');
    const words = ['songs', 'import', file, '--customer', customer, '--system', '1'];
    const { exitCode, err } = await runCommand(database, words);
    expect(exitCode).toBe(1);
    expect(err).toContain('none.csv');
  });
});
