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
async function songsImport(content: string, ...words: string[]) {
  const file = join(folder, 'songs.csv');
  await writeFile(file, content);
  return runCommand(database, [...['songs', 'import', file, '--customer', customer], ...words]);
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

  it.each([
    ['a file without the column', 'a,b\n', '--artist-column'],
    ['to replace a catalogue with nothing', 'artist,title\n', 'There is no song in the source'],
  ])('refuses %s, and ends with 1', async (_what, csv, message) => {
    const before = await catalogue(1);
    const { exitCode, out, err } = await songsImport(csv, '--system', '1', '--replace');
    expect({ exitCode, out }).toEqual({ exitCode: 1, out: '' });
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
