import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ActorContext,
  displayText,
  normalizeText,
  songFingerprint,
  SongCatalogueService,
  SongDb,
  SongRepository,
  type ImportOptions,
  type ImportSummary,
} from '@singr/database';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { createCustomerProfile } from '../../support/fixtures.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';
import { messyCatalogue } from './messy-catalogue.js';

const database = useDatabase();
let app: TestApp;
let service: SongCatalogueService;
let songs: SongRepository;
let directory: string;
let options: ImportOptions;

beforeAll(async () => {
  app = await createTestApp(database);
  service = app.get(SongCatalogueService);
  songs = app.get(SongRepository);
  directory = await mkdtemp(join(tmpdir(), 'singr-songs-'));
});

afterAll(() => rm(directory, { recursive: true }));

beforeEach(async () => {
  const { id } = await createCustomerProfile(app.dataSource.manager);
  options = { customerProfileId: id, openkjSystemId: 1 };
});

const none = {
  rows: 0,
  inserted: 0,
  updated: 0,
  unchanged: 0,
  duplicates: 0,
  refused: 0,
  deleted: 0,
};
const song = (artist: unknown, title: unknown) => ({ artist, title });
const catalogue = async () =>
  (await songs.find({ where: options_(), order: { normalizedCombined: 'ASC' } })).map(
    ({ combined }) => combined,
  );
const options_ = () => ({
  customerProfileId: options.customerProfileId,
  openkjSystemId: options.openkjSystemId,
});

async function csv(content: string | Buffer): Promise<string> {
  const file = join(directory, `${randomUUID()}.csv`);
  await writeFile(file, content);
  return file;
}

function addsUp(summary: ImportSummary): boolean {
  const { rows, inserted, updated, unchanged, duplicates, refused } = summary;
  return rows === inserted + updated + unchanged + duplicates + refused;
}

describe('normalisation', () => {
  it.each([
    ['Queen - Bohemian Rhapsody', 'queen - bohemian rhapsody'],
    ['  BEYONCÉ \t Halo ', 'beyonce halo'],
    ['Beyonce\u0301', 'beyonce'],
    ['Motörhead', 'motorhead'],
    ['ﬁre', 'fire'],
    ['no\u00a0break', 'no break'],
    ['zero\u200bwidth', 'zerowidth'],
    ['がらす', 'がらす'.normalize('NFKD')],
    ['กิน', 'กิน'],
    ["AC/DC's", "ac/dc's"],
    ['می\u200cخوام', 'میخوام'],
    ['ΟΔΥΣΣΕΥΣ ὁ Σείριος', 'odysseys o seirios'],
    ['שָׁלוֹם', 'שלום'],
    ['בית־ספר ׀ א׃ ב׆', 'בית-ספר ׀ א׃ ב׆'],
  ])('converts %j to %j', (text, normalized) => {
    expect(normalizeText(text)).toBe(normalized);
    expect(normalizeText(normalized)).toBe(normalized);
  });

  it.each([
    ['می\u200cخوام', 'می\u200cخوام'],
    ['👩\u200d🎤 of ശ്രീമാന്\u200d', '👩\u200d🎤 of ശ്രീമാന്\u200d'],
    [' \u200d \u200c', ''],
    ['\u200cQueen \u200d One', 'Queen One'],
    ['\ufeffQueen\u200b\u00ad', 'Queen'],
  ])('shows %j as %j', (text, shown) => {
    expect(displayText(text)).toBe(shown);
    expect(displayText(shown)).toBe(shown);
  });

  it('gives songs fingerprints that distinguish artist and title', () => {
    expect(songFingerprint('Queen', 'One')).toMatch(/^[0-9a-f]{64}$/);
    expect(songFingerprint('QUEEN', ' one ')).toBe(songFingerprint('Queen', 'One'));
    expect(songFingerprint('a b', 'c')).not.toBe(songFingerprint('a', 'b c'));
  });
});

describe('import()', () => {
  it('adds songs, and counts the outcome of each row', async () => {
    const summary = await service.import(
      [
        song('Queen', 'One Vision'),
        song(' QUEEN', 'one  vision'),
        song('', 'No Artist'),
        song('No Title', null),
        song(undefined, ' '),
        song('Beyoncé', 'Halo'),
        song(10, 2),
        song('x'.repeat(1500), 'y'.repeat(1500)),
      ],
      options,
    );
    expect(summary).toEqual({
      ...none,
      rows: 8,
      inserted: 3,
      duplicates: 1,
      refused: 4,
      problems: [
        { line: 2, kind: 'duplicate', reason: 'the same as line 1' },
        { line: 3, kind: 'refused', reason: 'no artist' },
        { line: 4, kind: 'refused', reason: 'no title' },
        { line: 5, kind: 'refused', reason: 'neither artist nor title' },
        { line: 8, kind: 'refused', reason: 'longer than 2000 bytes' },
      ],
    });
    expect(await catalogue()).toEqual(['10 - 2', 'Beyoncé - Halo', 'Queen - One Vision']);
    const halo = await songs.findOneByOrFail({ ...options_(), combined: 'Beyoncé - Halo' });
    expect(halo).toMatchObject({
      artist: 'Beyoncé',
      title: 'Halo',
      normalizedCombined: 'beyonce - halo',
    });
  });

  it('changes nothing the second time, and updates the spelling the third time', async () => {
    const source = [song('Queen', 'One Vision'), song('QUEEN', 'One vision'), song('Abba', 'SOS')];
    await service.import(source, options);
    expect(await service.import(source, options)).toMatchObject({
      ...none,
      rows: 3,
      unchanged: 2,
      duplicates: 1,
    });
    expect(
      await service.import([song('ABBA', 'S.O.S'), song('ABBA', 'SOS')], options),
    ).toMatchObject({
      ...none,
      rows: 2,
      inserted: 1,
      updated: 1,
    });
    expect(await catalogue()).toEqual(['ABBA - S.O.S', 'ABBA - SOS', 'Queen - One Vision']);
    const trail = await database.query(
      `SELECT operation, count(*)::int FROM audit_logs WHERE table_name = 'songdb'
       AND coalesce(new_data, old_data) ->> 'customer_profiles_id' = $1 GROUP BY 1 ORDER BY 1`,
      [options.customerProfileId],
    );
    expect(trail).toEqual([
      { operation: 'INSERT', count: 3 },
      { operation: 'UPDATE', count: 1 },
    ]);
  });

  it('replaces a catalogue, and does not change others', async () => {
    await service.import([song('a', 'a'), song('b', 'b')], options);
    await service.import([song('a', 'a')], { ...options, openkjSystemId: 2 });
    const [kept] = await songs.findBy({ ...options_(), artist: 'b' });
    const summary = await service.import([song('b', 'b'), song('c', 'c')], {
      ...options,
      replace: true,
    });
    expect(summary).toMatchObject({ ...none, rows: 2, inserted: 1, unchanged: 1, deleted: 1 });
    expect(await catalogue()).toEqual(['b - b', 'c - c']);
    expect(await songs.findOneByOrFail({ id: kept!.id })).toEqual(kept);
    expect(await songs.countBy({ ...options_(), openkjSystemId: 2 })).toBe(1);
  });

  it('replaces a song that another program normalised differently', async () => {
    const foreign = {
      ...options_(),
      artist: 'Beyoncé',
      title: 'Halo',
      combined: 'Beyoncé - Halo',
      normalizedCombined: 'beyoncé - halo',
    };
    await songs.insert(foreign);
    await songs.insert({
      ...foreign,
      combined: 'Beyonce - Halo',
      normalizedCombined: 'beyonce - halo',
    });
    const summary = await service.import([song('Beyoncé', 'Halo')], options);
    expect(summary).toMatchObject({ ...none, rows: 1, updated: 1, deleted: 1 });
    expect(await catalogue()).toEqual(['Beyoncé - Halo']);
  });

  it('replaces a song that another program normalised as another song of the source', async () => {
    const foreign = { ...options_(), artist: 'x', title: 'y' };
    await songs.insert([
      { ...foreign, combined: 'QUEEN - SOS', normalizedCombined: 'queen - sos' },
      { ...foreign, combined: 'Queen - SOS', normalizedCombined: 'zz top - sos' },
    ]);
    const summary = await service.import([song('Queen', 'SOS'), song('ZZ Top', 'SOS')], {
      ...options,
      replace: true,
    });
    expect(summary).toMatchObject({ ...none, rows: 2, inserted: 1, updated: 1, deleted: 1 });
    expect(await catalogue()).toEqual(['Queen - SOS', 'ZZ Top - SOS']);
  });

  it.each([
    ['no row', []],
    ['no valid row', [song('', 'a'), song('b', '')]],
  ])('does not replace a catalogue with %s', async (_what, source) => {
    await service.import([song('a', 'a')], options);
    await expect(service.import(source, { ...options, replace: true })).rejects.toMatchObject({
      code: 'CATALOGUE_EMPTY',
      message: expect.stringContaining('clear()'),
    });
    expect(await catalogue()).toEqual(['a - a']);
  });

  it('clears a catalogue, and finds nothing the second time', async () => {
    await service.import([song('a', 'a'), song('b', 'b')], options);
    await service.import([song('a', 'a')], { ...options, openkjSystemId: 2 });
    expect(await service.clear(options)).toBe(2);
    expect(await service.clear(options)).toBe(0);
    expect(await songs.countBy({ customerProfileId: options.customerProfileId })).toBe(1);
  });

  it('rolls back everything when the source fails', async () => {
    await service.import([song('a', 'a')], options);
    async function* source() {
      for (let index = 0; index < 12_000; index++) yield song('artist', `title ${index}`);
      throw new Error('the connection was lost');
    }
    await expect(service.import(source(), { ...options, replace: true })).rejects.toThrow('lost');
    expect(await catalogue()).toEqual(['a - a']);
  });

  it('reads a source no faster than it passes the rows on', async () => {
    const rows = 50_000;
    let [produced, passedOn, mostHeld] = [0, 0, 0];
    async function* source() {
      for (; produced < rows; mostHeld = Math.max(mostHeld, produced - passedOn)) {
        yield song('artist', `title ${produced++}`);
      }
    }
    const { inserted } = await service.import(source(), {
      ...options,
      onProgress: ({ phase, rows }) => {
        if (phase === 'reading') passedOn = rows;
      },
    });
    expect(inserted).toBe(rows);
    expect(mostHeld).toBeLessThanOrEqual(5000);
  });

  it('reports its progress, and lists no more problems than the given limit', async () => {
    const progress: unknown[] = [];
    const source = Array.from({ length: 12_000 }, (_, index) => song(index % 2 ? 'a' : '', index));
    const summary = await service.import(source, {
      ...options,
      mostProblems: 3,
      onProgress: (step) => progress.push(step),
    });
    expect(summary).toMatchObject({ ...none, rows: 12_000, inserted: 6000, refused: 6000 });
    expect(summary.problems.map(({ line }) => line)).toEqual([1, 3, 5]);
    expect(progress).toEqual([
      { phase: 'reading', rows: 10_000 },
      { phase: 'reading', rows: 12_000 },
      { phase: 'writing', rows: 6000, total: 6000 },
    ]);
  });

  it('is attributed to its actor', async () => {
    await ActorContext.run({ name: 'OpenKJ' }, () => service.import([song('q', 'q')], options));
    expect(
      await database.query(
        `SELECT actor_name FROM audit_logs WHERE table_name = 'songdb'
         AND new_data ->> 'customer_profiles_id' = $1`,
        [options.customerProfileId],
      ),
    ).toEqual([{ actor_name: 'OpenKJ' }]);
  });

  it.each([
    [{ customerProfileId: '7e0a5e6e-0000-4000-8000-000000000000' }, 'CUSTOMER_PROFILE_NOT_FOUND'],
    [{ customerProfileId: 'nobody' }, 'CUSTOMER_PROFILE_NOT_FOUND'],
    [{ openkjSystemId: -1 }, 'INVALID_SYSTEM_NUMBER'],
    [{ openkjSystemId: 2 ** 31 }, 'INVALID_SYSTEM_NUMBER'],
    [{ openkjSystemId: Number.NaN }, 'INVALID_SYSTEM_NUMBER'],
    [{ patienceMs: -1 }, 'INVALID_COUNT'],
    [{ patienceMs: Number.NaN }, 'INVALID_COUNT'],
  ])('refuses %o', async (change, code) => {
    const wrong = { ...options, ...change };
    await expect(service.import([song('a', 'a')], wrong)).rejects.toMatchObject({ code });
    await expect(service.clear(wrong)).rejects.toMatchObject({ code });
    expect(await songs.countBy({ artist: 'nobody' })).toBe(0);
  });

  it.each([-1, 0.5, Number.NaN, 1_000_001])(
    'refuses to list %d problems, even if there are none',
    async (mostProblems) => {
      for (const source of [[song('a', 'a')], [song('a', 'a'), song('A', 'A'), song('', 'b')]]) {
        await expect(service.import(source, { ...options, mostProblems })).rejects.toMatchObject({
          code: 'INVALID_COUNT',
          option: 'mostProblems',
        });
      }
      expect(await catalogue()).toEqual([]);
    },
  );

  it('lists no problems when the limit is 0', async () => {
    const source = [song('a', 'a'), song('A', 'A'), song('', 'b')];
    await expect(service.import(source, { ...options, mostProblems: 0 })).resolves.toMatchObject({
      inserted: 1,
      duplicates: 1,
      refused: 1,
      problems: [],
    });
  });

  describeOnServer('concurrently', () => {
    it('imports one catalogue twice without losing or duplicating a song', async () => {
      const source = Array.from({ length: 3000 }, (_, index) => song('artist', `title ${index}`));
      const summaries = await Promise.all([
        service.import(source, options),
        service.import([...source].reverse(), options),
        service.import(source.slice(1000, 2000), options),
      ]);
      expect(summaries.every(addsUp)).toBe(true);
      expect(summaries.reduce((sum, { inserted }) => sum + inserted, 0)).toBe(3000);
      expect(await songs.countBy(options_())).toBe(3000);
    });

    it('replaces the catalogue by one import after the other', async () => {
      const source = (name: string) =>
        Array.from({ length: 1000 }, (_, index) => song(name, `title ${index}`));
      await Promise.all(
        ['a', 'b', 'c'].map((name) => service.import(source(name), { ...options, replace: true })),
      );
      const left = await songs.findBy(options_());
      expect(left).toHaveLength(1000);
      expect(new Set(left.map(({ artist }) => artist)).size).toBe(1);
    });

    it('fails when another import takes too long', async () => {
      await service.import([song('a', 'a')], options);
      const client = await database.connect();
      await client.query('BEGIN');
      await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
        `songdb ${options.customerProfileId} 1`,
      ]);
      await expect(
        service.import([song('b', 'b')], { ...options, patienceMs: 120 }),
      ).rejects.toMatchObject({ code: 'CATALOGUE_BUSY' });
      await client.query('ROLLBACK');
      expect(await catalogue()).toEqual(['a - a']);
    });
  });
});

describe('importFile()', () => {
  it('imports a real, messy file without failing or losing a row silently', async () => {
    const { text, expected } = messyCatalogue(4000);
    const summary = await service.importFile(await csv(text), {
      ...options,
      artistColumn: 'Artist Name',
      titleColumn: 'SONG',
      mostProblems: 10_000,
    });
    expect(summary).toMatchObject(expected.counts);
    expect(addsUp(summary)).toBe(true);
    expect(summary.problems).toHaveLength(summary.duplicates + summary.refused);
    expect(summary.problems.map(({ line }) => line)).toEqual(expected.problemLines);
    expect((await catalogue()).sort()).toEqual(expected.combined.sort());
    const again = await service.importFile(await csv(text), {
      ...options,
      artistColumn: 'artist name',
      titleColumn: 'Song',
      replace: true,
    });
    expect(again).toMatchObject({
      inserted: 0,
      updated: 0,
      deleted: 0,
      unchanged: summary.inserted,
    });
  });

  it.each([
    ['\r\n', '\n'],
    ['\n', '\r\n'],
    ['\n', '\r'],
    ['\r', '\r\n'],
  ])('reads lines that first end in %j and then in %j', async (first, then) => {
    const lines = ['artist,title', 'A,B', 'C,', 'E,F', '', 'G,H'];
    const text = lines.map((line, index) => `${line}${index < 2 ? first : then}`).join('');
    const summary = await service.importFile(await csv(text), options);
    expect(summary).toMatchObject({ ...none, rows: 4, inserted: 3, refused: 1 });
    expect(summary.problems.map(({ line }) => line)).toEqual([3]);
    expect(await catalogue()).toEqual(['A - B', 'E - F', 'G - H']);
  });

  it.each([
    ['an artist', '"Abba,Dancing Queen\nQueen,Bohemian\n"Cher",Believe\n'],
    ['a title', 'Abba,"Dancing Queen\nQueen,Bohemian\nCher,"Believe"\n'],
    ['a title, neatly', 'Abba,"Dancing Queen\nQueen,Bohemian\nCher,Believe"\n'],
    ['another column', 'Abba,Dancing Queen,"SC1\nQueen,Bohemian,SC2\nCher,Believe,"SC3"\n'],
  ])('refuses the lines that an open quote joins into one row, in %s', async (_where, rows) => {
    const text = `artist,title\n${rows}a,\n`;
    for (const content of [text, text.replaceAll('\n', '\r\n')]) {
      const summary = await service.importFile(await csv(content), options);
      expect(summary).toMatchObject({ ...none, rows: 2, refused: 2 });
      expect(summary.problems).toEqual([
        { line: 2, kind: 'refused', reason: 'lines 2–4: a quote that is not closed' },
        { line: 5, kind: 'refused', reason: 'no title' },
      ]);
    }
  });

  it('accepts quoted line breaks in columns that it does not need', async () => {
    const text = 'artist,title,note\r\nA,B,"duet\r\nin C"\r\nC,D,"a ""k"""\r\nE,\r\n';
    const summary = await service.importFile(await csv(text), options);
    expect(summary).toMatchObject({ ...none, rows: 3, inserted: 2, refused: 1 });
    expect(summary.problems.map(({ line }) => line)).toEqual([5]);
  });

  it.each([
    [{ delimiter: '' }, 'INVALID_CSV_OPTION'],
    [{ delimiter: '"' }, 'INVALID_CSV_OPTION'],
    [{ maxLineLength: -1 }, 'INVALID_COUNT'],
    [{ maxLineLength: 0.5 }, 'INVALID_COUNT'],
  ])('refuses the option %o', async (option, code) => {
    const file = await csv('artist,title\nA,B\n');
    await expect(service.importFile(file, { ...options, ...option })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(Object.keys(option)[0]!),
    });
  });

  it.each([
    ['a column that is missing', 'artist,name\nQueen,One\n', 'CSV_COLUMN_MISSING'],
    ['an empty file', '', 'CSV_COLUMN_MISSING'],
    ['a line of 10 MB', `artist,title\nQueen,${'x'.repeat(10_000_000)}\n`, 'CSV_LINE_TOO_LONG'],
    [
      'a quote that is never closed',
      `artist,title\nQueen,"One\n${'a,b\n'.repeat(50_000)}`,
      'CSV_LINE_TOO_LONG',
    ],
    ['a quote that is not closed at the end', 'artist,title\nA,B\nQueen,"One\n', 'CSV_SYNTAX'],
    ['Shift-JIS', Buffer.from('artist,title\nA,\x83\x81\x83\x8d\n', 'latin1'), 'CSV_ENCODING'],
  ])('refuses %s, and changes nothing', async (_name, content, code) => {
    await service.import([song('a', 'a')], options);
    const file = await csv(content);
    await expect(service.importFile(file, { ...options, replace: true })).rejects.toMatchObject({
      code,
    });
    expect(await catalogue()).toEqual(['a - a']);
  });

  it('refuses a file that does not exist', async () => {
    await expect(service.importFile(join(directory, 'none.csv'), options)).rejects.toMatchObject({
      code: 'CSV_UNREADABLE',
      message: expect.stringContaining('none.csv'),
    });
    expect(await songs.countBy(options_())).toBe(0);
  });

  it('lists the columns that it found', async () => {
    const file = await csv('Singer;Song\na;b\n');
    await expect(service.importFile(file, options)).rejects.toThrow(
      'its first line has "Singer", "Song"',
    );
    const summary = await service.importFile(file, {
      ...options,
      delimiter: ';',
      artistColumn: 'singer',
      titleColumn: 'song',
    });
    expect(summary).toMatchObject({ rows: 1, inserted: 1 });
  });
});

it('the entity declares the collation of the normalised text', async () => {
  const { collation } = app.dataSource
    .getMetadata(SongDb)
    .findColumnWithPropertyName('normalizedCombined')!;
  expect(collation).toBe('C');
});
