import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import {
  SongCatalogueService,
  type CsvOptions,
  type ImportOptions,
  type SongInput,
} from '@singr/database';
import { useDatabase } from '../../support/database.js';
import { createCustomerProfile } from '../../support/fixtures.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';

describe('importCsv() of a stream', () => {
  const database = useDatabase();
  let app: TestApp;
  let options: ImportOptions & CsvOptions;

  beforeAll(async () => {
    app = await createTestApp(database, { databaseOptions: { poolSize: 1 } });
    const { id } = await createCustomerProfile(app.dataSource.manager);
    options = { customerProfileId: id, openkjSystemId: 1 };
  });

  const importCsv = (bytes: AsyncIterable<Uint8Array>, more: CsvOptions = {}) =>
    app.get(SongCatalogueService).importCsv(bytes, { ...options, ...more });
  const left = async () =>
    (await readdir(tmpdir())).filter((name) => name.startsWith('singr-songs-'));

  /** Makes a stream that sends its last line on demand. */
  function trickle() {
    let end!: () => void;
    const told = new Promise<void>((resolve) => (end = resolve));
    async function* bytes() {
      yield Buffer.from('artist,title\nQueen,');
      await told;
      yield Buffer.from('Innuendo\n');
    }
    return { bytes: bytes(), end };
  }

  it('holds no connection until all has arrived, and leaves no file', async () => {
    const before = await left();
    const upload = trickle();
    const importing = importCsv(upload.bytes);
    // The only connection of the pool.
    for (let query = 0; query < 3; query++) await app.dataSource.query('SELECT 1');
    upload.end();
    await expect(importing).resolves.toMatchObject({ rows: 1, inserted: 1 });
    expect(await left()).toEqual(before);
  });

  it('refuses a stream that is too large or too slow, and leaves no file', async () => {
    const before = await left();
    async function* endless() {
      for (;;) yield Buffer.from('artist,title\n');
    }
    await expect(importCsv(endless(), { maxBytes: 1000 })).rejects.toMatchObject({
      code: 'CSV_TOO_LARGE',
    });
    await expect(importCsv(trickle().bytes, { arrivalTimeoutMs: 20 })).rejects.toMatchObject({
      code: 'CSV_TOO_SLOW',
    });
    expect(await left()).toEqual(before);
  });

  it('fails with the error of its source, or without its customer, and leaves no file', async () => {
    const before = await left();
    async function* broken() {
      yield Buffer.from('artist,title\n');
      throw new Error('the line is cut');
    }
    await expect(importCsv(broken())).rejects.toThrow('the line is cut');
    const nobody = { ...options, customerProfileId: 'nobody' };
    const upload = trickle();
    upload.end();
    await expect(
      app.get(SongCatalogueService).importCsv(upload.bytes, nobody),
    ).rejects.toMatchObject({ code: 'CUSTOMER_PROFILE_NOT_FOUND' });
    expect(await left()).toEqual(before);
  });

  it.each([
    [{ maxBytes: 0 }, 'INVALID_COUNT'],
    [{ maxBytes: Number.NaN }, 'INVALID_COUNT'],
    [{ arrivalTimeoutMs: 0 }, 'INVALID_COUNT'],
    [{ arrivalTimeoutMs: Infinity }, 'INVALID_COUNT'],
    [{ delimiter: '' }, 'INVALID_CSV_OPTION'],
  ])('reads nothing with %j', async (wrong, code) => {
    let isAsked = false;
    async function* bytes() {
      isAsked = true;
      yield Buffer.from('artist,title\n');
    }
    await expect(importCsv(bytes(), wrong)).rejects.toMatchObject({ code });
    expect(isAsked).toBe(false);
  });
});

describe('import() of songs that come slowly', () => {
  const database = useDatabase();
  let app: TestApp;
  let options: ImportOptions;

  beforeAll(async () => {
    app = await createTestApp(database, { databaseOptions: { poolSize: 1 } });
    const { id } = await createCustomerProfile(app.dataSource.manager);
    options = { customerProfileId: id, openkjSystemId: 1 };
  });

  /** Imports songs of which the last ones come once the only connection of the pool has been used. */
  async function importSlowly(last: SongInput[]) {
    let end!: () => void;
    const told = new Promise<void>((resolve) => (end = resolve));
    async function* songs() {
      yield { artist: 'Queen', title: 'Innuendo' };
      await told;
      yield* last;
    }
    const importing = app.get(SongCatalogueService).import(songs(), options);
    for (let query = 0; query < 3; query++) await app.dataSource.query('SELECT 1');
    end();
    return await importing;
  }

  it('holds no connection until all have arrived', async () => {
    await expect(importSlowly([{ artist: 'ABBA', title: 'SOS' }])).resolves.toMatchObject({
      rows: 2,
      inserted: 2,
    });
  });

  it('reads every value as from an array', async () => {
    const songs: SongInput[] = [
      { artist: 'line\u2028separator', title: 'paragraph\u2029separator' },
      { artist: 'half \ud83d a pair', title: '\0"\\\r\n' },
      { artist: 10, title: Number.NaN },
      { artist: 10n, title: { text: 'none' } },
      { artist: 'a', title: 'a', line: 77, refused: 'its reason' },
      { artist: null, title: undefined },
      { artist: 'x'.repeat(2_000_000), title: 'long' },
    ];
    const slowly = await importSlowly(songs);
    await app.get(SongCatalogueService).clear(options);
    const atOnce = await app
      .get(SongCatalogueService)
      .import([{ artist: 'Queen', title: 'Innuendo' }, ...songs], options);
    expect(slowly.problems).toEqual(atOnce.problems);
    expect(slowly.refused).toBe(atOnce.refused);
  });
});
