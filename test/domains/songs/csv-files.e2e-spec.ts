import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  SongCatalogueService,
  SongRepository,
  type CsvFormat,
  type CsvOptions,
  type ImportOptions,
  type PreviewOptions,
} from '@singr/database';
import { useDatabase } from '../../support/database.js';
import { createCustomerProfile } from '../../support/fixtures.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';

const database = useDatabase();
let app: TestApp;
let service: SongCatalogueService;
let directory: string;
let options: ImportOptions;

beforeAll(async () => {
  app = await createTestApp(database);
  service = app.get(SongCatalogueService);
  directory = await mkdtemp(join(tmpdir(), 'singr-csv-'));
});

afterAll(() => rm(directory, { recursive: true }));

beforeEach(async () => {
  const { id } = await createCustomerProfile(app.dataSource.manager);
  options = { customerProfileId: id, openkjSystemId: 1 };
});

async function file(content: string | Buffer): Promise<string> {
  const path = join(directory, `${randomUUID()}.csv`);
  await writeFile(path, content);
  return path;
}

/** Imports a file. Returns its summary, the refused rows, and the catalogue. */
async function imported(content: string | Buffer, more: CsvOptions = {}) {
  let format: CsvFormat | undefined;
  const { problems, inserted } = await service.importFile(await file(content), {
    ...options,
    ...more,
    onFormat: (found) => (format = found),
  });
  const songs = await app
    .get(SongRepository)
    .findBySystem(options.customerProfileId, options.openkjSystemId);
  expect(songs).toHaveLength(inserted);
  return {
    ...format!,
    problems: problems.map(({ line, reason }) => `${line}: ${reason}`),
    songs: songs.map(({ artist, title }) => `${artist} | ${title}`),
  };
}

const preview = async (content: string | Buffer, more?: PreviewOptions) =>
  service.previewFile(await file(content), more);

describe('columns', () => {
  it('are given by their numbers, with a header and without one', async () => {
    const list = 'SC1,Queen,Innuendo\nSC2,ABBA,SOS\n';
    const numbers = { artistColumn: 2, titleColumn: 3 };
    const expected = ['ABBA | SOS', 'Queen | Innuendo'];
    const { songs } = await imported(list, { ...numbers, header: false });
    expect(songs).toEqual(expected);
    options.openkjSystemId = 2;
    expect(await imported(`disc,singer,song\n${list}`, numbers)).toMatchObject({
      songs: expected,
      problems: [],
    });
  });

  it('without a header are artist and title by default', async () => {
    const { songs } = await imported('Queen,Innuendo\n', { header: false });
    expect(songs).toEqual(['Queen | Innuendo']);
    options.openkjSystemId = 2;
    const turned = { header: false, artistColumn: 2, titleColumn: 1 };
    expect(await imported('Innuendo,Queen\n', turned)).toMatchObject({ songs });
  });

  it.each([
    ['a number that the first line does not have', 'a,b\n1,2\n', { artistColumn: 3 }],
    ['a number that no line has', '1,2\n', { header: false, titleColumn: 3 }],
    ['a name that the first line does not have', 'a,b\n', { combinedColumn: 'song' }],
  ])('are refused: %s', async (_what, content, wrong) => {
    await expect(imported(content, wrong)).rejects.toMatchObject({
      code: 'CSV_COLUMN_MISSING',
      message: expect.stringContaining('--no-header'),
    });
  });

  it.each([
    [{ header: false, artistColumn: 'artist' }, 'INVALID_CSV_OPTION'],
    [{ header: false, combinedColumn: 'song' }, 'INVALID_CSV_OPTION'],
    [{ combinedColumn: 1, titleColumn: 2 }, 'INVALID_CSV_OPTION'],
    [{ encoding: 'klingon' as 'utf-8' }, 'INVALID_CSV_OPTION'],
    [{ artistColumn: 0 }, 'INVALID_COUNT'],
    [{ titleColumn: 1.5 }, 'INVALID_COUNT'],
    [{ mostSongs: -1 }, 'INVALID_COUNT'],
  ])('are not valid with %j', async (wrong, code) => {
    await expect(preview('artist,title\nA,B\n', wrong)).rejects.toMatchObject({ code });
  });
});

describe('one column with artist and title', () => {
  it('is split at the first hyphen or dash between spaces', async () => {
    const list = [
      'Queen - Bohemian Rhapsody',
      'Crosby, Stills & Nash - Teach Your Children',
      'Jay-Z – 99 Problems',
      'Meat Loaf — I’d Do Anything - But I Won’t Do That',
      '"Earth, Wind & Fire - September"',
      '"Weird Al" Yankovic - Eat It',
      'Nobody’s Song',
    ];
    const { songs, problems, delimiter } = await imported(list.join('\r\n'), {
      header: false,
      combinedColumn: 1,
    });
    expect(songs).toEqual([
      '"Weird Al" Yankovic | Eat It',
      'Crosby, Stills & Nash | Teach Your Children',
      'Earth, Wind & Fire | September',
      'Jay-Z | 99 Problems',
      'Meat Loaf | I’d Do Anything - But I Won’t Do That',
      'Queen | Bohemian Rhapsody',
    ]);
    expect(problems).toEqual(['7: no " - " after an artist']);
    expect(delimiter).toBeNull();
  });

  it('may be one of several, by its name or its number', async () => {
    const list = 'disc,song\nSC1,"Queen - One, Two"\nSC2,ABBA - SOS\n';
    const expected = ['ABBA | SOS', 'Queen | One, Two'];
    expect((await imported(list, { combinedColumn: 'Song' })).songs).toEqual(expected);
    options.openkjSystemId = 2;
    expect((await imported(list, { combinedColumn: 2 })).songs).toEqual(expected);
    options.openkjSystemId = 3;
    expect(await imported('Song\nA, B - C\n', { combinedColumn: 'song' })).toMatchObject({
      delimiter: null,
      songs: ['A, B | C'],
    });
  });
});

describe('the separator', () => {
  it.each([
    [',', 'artist,title\nQueen,One; Two\n'],
    [';', 'artist;title\nCrosby, Stills & Nash;Teach\n'],
    ['\t', 'Artist\tTitle\nQueen\tOne\n'],
    ['|', 'no|artist|title\n1|Queen|One\n'],
    [';', 'sep=;\nartist;title\nQueen;One\n'],
    [',', 'SEP=,\r\nartist,title\r\nQueen,One\r\n'],
  ])('%j is detected in %j', async (delimiter, content) => {
    const found = await preview(content);
    expect(found).toMatchObject({ delimiter, rows: 1, refused: 0 });
  });

  it('of a list without a header is the one that splits the lines alike', async () => {
    const lines = [
      'Crosby, Stills & Nash;Teach Your Children;3:02',
      'Queen;Innuendo;6:30',
      'Earth, Wind & Fire;September;3:35',
    ];
    const found = await preview(lines.join('\n'), { header: false });
    expect(found).toMatchObject({ delimiter: ';', rows: 3, refused: 0 });
  });

  it('of the line for Excel is overridden by an option, and the lines keep their numbers', async () => {
    const found = await preview('sep=;\nartist|title\n|One\n', { delimiter: '|' });
    expect(found).toMatchObject({ delimiter: '|', rows: 1, problems: [{ line: 3 }] });
  });
});

describe('the encoding', () => {
  const text =
    'artist,title\r\nBeyoncé,Déjà Vu\r\nHildegard Knef,Für mich soll’s rote Rosen regnen\r\n';
  const songs = ['Beyoncé | Déjà Vu', 'Hildegard Knef | Für mich soll’s rote Rosen regnen'];
  const big = (little: Buffer) => Buffer.from(little).swap16();
  const windows = Buffer.from(text.replace('’', '\x92'), 'latin1');

  it.each([
    ['utf-8', 'without a byte order mark', Buffer.from(text)],
    ['utf-8', 'with a byte order mark', Buffer.from(`\ufeff${text}`)],
    ['utf-16le', 'with a byte order mark', Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['utf-16le', 'without a byte order mark', Buffer.from(text, 'utf16le')],
    ['utf-16be', 'with a byte order mark', big(Buffer.from(`\ufeff${text}`, 'utf16le'))],
    ['utf-16be', 'without a byte order mark', big(Buffer.from(text, 'utf16le'))],
    ['windows-1252', 'with its own apostrophe', windows],
  ] as const)('%s is detected, %s', async (encoding, _how, content) => {
    expect(await imported(content)).toMatchObject({ encoding, songs, problems: [] });
    expect(await preview(content, { encoding })).toMatchObject({ encoding, rows: 2, refused: 0 });
  });

  it('is Windows-1252 even if the first letter with an accent comes late', async () => {
    const many = `artist,title\n${'A,B\n'.repeat(50_000)}`;
    const found = await preview(Buffer.from(`${many}Beyonc\xe9,Halo\n`, 'latin1'));
    expect(found).toMatchObject({ encoding: 'windows-1252', rows: 50_001 });
  });

  it.each([
    ['UTF-8 with an error', Buffer.concat([Buffer.from(text), Buffer.from([0xe9, 0x0a])])],
    ['Shift-JIS', Buffer.from('artist,title\nA,\x83\x81\x83\x8d\n', 'latin1')],
    ['no text', Buffer.from([0x50, 0x4b, 0, 0, 3, 0, 0, 4, 0xff])],
  ])('is not detected for %s', async (_what, content) => {
    await expect(preview(content)).rejects.toMatchObject({ code: 'CSV_ENCODING' });
  });

  it('is refused if the option gives a wrong one', async () => {
    await expect(preview(windows, { encoding: 'utf-8' })).rejects.toMatchObject({
      code: 'CSV_ENCODING',
    });
  });
});

describe('a line with more fields than the others', () => {
  it('is refused with its number, and never truncated', async () => {
    const list = 'artist,title\nQueen,One\nCrosby, Stills & Nash,Teach Your Children\nABBA,SOS,,\n';
    expect(await imported(list)).toMatchObject({
      songs: ['ABBA | SOS', 'Queen | One'],
      problems: ['3: 3 fields, and the first line has 2'],
    });
  });

  it('is refused without a header too, in any place', async () => {
    const list = 'Crosby, Stills & Nash,Teach\nQueen,One\nABBA,SOS\n';
    expect(await imported(list, { header: false })).toMatchObject({
      songs: ['ABBA | SOS', 'Queen | One'],
      problems: ['1: 3 fields, and most lines have 2'],
    });
  });
});

describe('previewFile()', () => {
  it('shows the first ten songs as they would be stored, counts the rest, and writes nothing', async () => {
    const lines = Array.from({ length: 20 }, (_, index) => ` Queen ,Song  ${index}`);
    const found = await preview(['artist,title', ',Nobody’s', ...lines].join('\n'));
    expect(found).toEqual({
      encoding: 'utf-8',
      delimiter: ',',
      rows: 21,
      refused: 1,
      songs: Array.from({ length: 10 }, (_, index) => ({
        line: index + 3,
        artist: 'Queen',
        title: `Song ${index}`,
      })),
      problems: [{ line: 2, kind: 'refused', reason: 'no artist' }],
    });
  });

  it('fails as an import would', async () => {
    await expect(preview('a,b\n')).rejects.toMatchObject({ code: 'CSV_COLUMN_MISSING' });
    await expect(service.previewFile(join(directory, 'none.csv'))).rejects.toMatchObject({
      code: 'CSV_UNREADABLE',
    });
  });
});
