import {
  ActorContext,
  CatalogueUploadService,
  CustomerProfile,
  SongCatalogueService,
  SongRepository,
  System,
  type Catalogue,
} from '@singr/database';
import { create } from '@singr/database/testing';
import { useDatabase } from '../../support/database.js';
import { createCustomerProfile } from '../../support/fixtures.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';

const database = useDatabase();
let app: TestApp;
let uploads: CatalogueUploadService;
let songs: SongRepository;
let system: Catalogue;

beforeAll(async () => {
  app = await createTestApp(database);
  uploads = app.get(CatalogueUploadService);
  songs = app.get(SongRepository);
});

beforeEach(async () => {
  const { id } = await createCustomerProfile(app.dataSource.manager);
  system = { customerProfileId: id, openkjSystemId: 1 };
});

const song = (artist: unknown, title: unknown) => ({ artist, title });
const queen = (...titles: string[]) => titles.map((title) => song('Queen', title));

async function catalogue(of = system): Promise<string[]> {
  const found = await songs.find({ where: { ...of }, order: { normalizedCombined: 'ASC' } });
  return found.map(({ combined }) => combined);
}

/** The number of audit entries of the customer's songs. */
async function entries(): Promise<number> {
  const [{ count }] = await database.query(
    `SELECT count(*)::int FROM audit_logs WHERE table_name = 'songdb'
     AND coalesce(new_data, old_data) ->> 'customer_profiles_id' = $1`,
    [system.customerProfileId],
  );
  return count;
}

async function waiting(): Promise<number> {
  const [{ count }] = await database.query(
    `SELECT (SELECT count(*) FROM audit.catalogue_uploads WHERE customer_profiles_id = $1)::int
          + (SELECT count(*) FROM audit.catalogue_upload_batches WHERE customer_profiles_id = $1)::int AS count`,
    [system.customerProfileId],
  );
  return count;
}

/** The catalogue before an upload. */
beforeEach(async () => {
  await app.get(SongCatalogueService).import(queen('Innuendo', 'One Vision'), system);
});

describe('an upload in parts', () => {
  it('becomes visible as a whole when it is finished, and is deleted then', async () => {
    await uploads.begin(system, { replace: true });
    await uploads.add(system, queen('One Vision', 'Bicycle Race'));
    await uploads.add(system, [song('ABBA', 'SOS')]);
    expect(await catalogue()).toEqual(['Queen - Innuendo', 'Queen - One Vision']);
    expect(await songs.search({ query: 'sos', ...system })).toEqual([]);

    expect(await uploads.finish(system)).toMatchObject({
      rows: 3,
      inserted: 2,
      unchanged: 1,
      deleted: 1,
    });
    expect(await catalogue()).toEqual(['ABBA - SOS', 'Queen - Bicycle Race', 'Queen - One Vision']);
    expect(await waiting()).toBe(0);
    expect(await uploads.finish(system)).toBeNull();
  });

  it('writes only the differences: the same songs again write nothing', async () => {
    const before = await entries();
    await uploads.begin(system, { replace: true });
    await uploads.add(system, queen('Innuendo'));
    await uploads.add(system, queen('One Vision'));
    expect(await uploads.finish(system)).toMatchObject({ rows: 2, unchanged: 2, deleted: 0 });
    expect(await entries()).toBe(before);
  });

  it('returns for each part what OpenKJ is told', async () => {
    await uploads.begin(system, { replace: true });
    expect(
      await uploads.add(system, [
        song(' Queen', 'Bicycle  Race'),
        song('', 'Nobody’s'),
        song('ABBA', 'SOS'),
        song('x'.repeat(3000), 'y'),
      ]),
    ).toEqual({
      rows: 4,
      refused: [
        { line: 2, kind: 'refused', reason: 'no artist' },
        { line: 4, kind: 'refused', reason: 'longer than 2000 bytes' },
      ],
      lastArtist: 'ABBA',
      lastTitle: 'SOS',
    });
    expect(await uploads.add(system, [])).toEqual({
      rows: 0,
      refused: [],
      lastArtist: null,
      lastTitle: null,
    });
    await uploads.add(system, queen('bicycle race'));
    expect(await uploads.finish(system)).toMatchObject({
      rows: 5,
      inserted: 2,
      duplicates: 1,
      refused: 2,
      problems: [
        { line: 2, kind: 'refused', reason: 'no artist' },
        { line: 4, kind: 'refused', reason: 'longer than 2000 bytes' },
        { line: 5, kind: 'duplicate', reason: 'the same as line 1' },
      ],
    });
  });

  it('adds songs and deletes none when it begins without a clear', async () => {
    await uploads.add(system, queen('Bicycle Race'));
    expect(await catalogue()).toHaveLength(2);
    expect(await uploads.finish(system)).toMatchObject({ inserted: 1, deleted: 0 });
    expect(await catalogue()).toHaveLength(3);
  });

  it('begins again at a clear in the middle', async () => {
    await uploads.begin(system, { replace: true });
    await uploads.add(system, queen('Bicycle Race'));
    await uploads.begin(system, { replace: true });
    await uploads.add(system, queen('Innuendo'));
    await uploads.finish(system);
    expect(await catalogue()).toEqual(['Queen - Innuendo']);
  });

  it('of two computers at once has the songs after the last clear', async () => {
    await uploads.begin(system, { replace: true });
    await uploads.add(system, queen('Bicycle Race'));
    await uploads.begin(system, { replace: true });
    await uploads.add(system, queen('Radio Ga Ga'));
    await uploads.add(system, queen('Somebody to Love'));
    await uploads.finish(system);
    expect(await catalogue()).toEqual(['Queen - Radio Ga Ga', 'Queen - Somebody to Love']);
  });

  it('is independent of an upload to another system', async () => {
    const other = { ...system, openkjSystemId: 2 };
    await uploads.begin(system, { replace: true });
    await uploads.add(other, queen('Bicycle Race'));
    await uploads.add(system, queen('Radio Ga Ga'));
    await uploads.finish(other);
    expect(await catalogue(other)).toEqual(['Queen - Bicycle Race']);
    expect(await catalogue()).toEqual(['Queen - Innuendo', 'Queen - One Vision']);
    await uploads.finish(system);
    expect(await catalogue(other)).toEqual(['Queen - Bicycle Race']);
    expect(await catalogue()).toEqual(['Queen - Radio Ga Ga']);
  });

  it('is deleted by discard()', async () => {
    await uploads.begin(system, { replace: true });
    await uploads.add(system, queen('Bicycle Race'));
    expect(await uploads.discard(system)).toBe(true);
    expect(await uploads.discard(system)).toBe(false);
    expect(await uploads.finish(system)).toBeNull();
    expect(await catalogue()).toEqual(['Queen - Innuendo', 'Queen - One Vision']);
  });

  it('changes nothing when finishing fails, and can be finished again', async () => {
    const before = await entries();
    await uploads.begin(system, { replace: true });
    await uploads.add(system, queen('Bicycle Race'));
    const crash = uploads.finish(system, {
      onProgress: ({ phase }) => {
        if (phase === 'writing') throw new Error('the process was killed');
      },
    });
    await expect(crash).rejects.toThrow('killed');
    expect(await catalogue()).toEqual(['Queen - Innuendo', 'Queen - One Vision']);
    expect(await entries()).toBe(before);
    await uploads.finish(system);
    expect(await catalogue()).toEqual(['Queen - Bicycle Race']);
  });

  it.each([
    ['no row', []],
    ['no valid song', [song('', 'Nobody’s')]],
  ])('does not replace a catalogue by %s', async (_what, batch) => {
    await uploads.begin(system, { replace: true });
    await uploads.add(system, batch);
    await expect(uploads.finish(system)).rejects.toMatchObject({ code: 'CATALOGUE_EMPTY' });
    expect(await uploads.finishQuiet({ ...mine(), quietForMs: 0 })).toEqual([]);
    expect(await waiting()).toBe(0);
    expect(await catalogue()).toEqual(['Queen - Innuendo', 'Queen - One Vision']);
  });

  it('refuses more songs than are allowed', async () => {
    await uploads.add(system, queen('a', 'b'), { mostSongs: 3 });
    await expect(uploads.add(system, queen('c', 'd'), { mostSongs: 3 })).rejects.toMatchObject({
      code: 'UPLOAD_TOO_LARGE',
    });
    expect(await uploads.finish(system)).toMatchObject({ rows: 2 });
  });
});

const mine = () => ({ customerProfileId: system.customerProfileId });

it('continues in another process, because its songs are in the database', async () => {
  await uploads.begin(system, { replace: true });
  await uploads.add(system, queen('Bicycle Race'));
  await app.close();
  app = await createTestApp(database);
  uploads = app.get(CatalogueUploadService);
  songs = app.get(SongRepository);
  await uploads.add(system, queen('Innuendo'));
  await uploads.finish(system);
  expect(await catalogue()).toEqual(['Queen - Bicycle Race', 'Queen - Innuendo']);
});

describe('a quiet upload', () => {
  it('is finished, and one with a recent call is not', async () => {
    const other = { ...system, openkjSystemId: 2 };
    await uploads.begin(system, { replace: true });
    await uploads.add(system, queen('Bicycle Race'));
    await database.query(
      `UPDATE audit.catalogue_uploads SET last_call_at = now() - interval '59 seconds'
       WHERE customer_profiles_id = $1`,
      [system.customerProfileId],
    );
    await uploads.add(other, queen('Radio Ga Ga'));
    expect(await uploads.finishQuiet(mine())).toEqual([]);
    expect(await uploads.finishQuiet({ ...mine(), quietForMs: 50_000 })).toMatchObject([
      { ...system, summary: { inserted: 1, deleted: 2 } },
    ]);
    expect(await catalogue()).toEqual(['Queen - Bicycle Race']);
    expect(await catalogue(other)).toEqual([]);
  });

  it('continues when another part arrives before it is finished', async () => {
    await uploads.begin(system, { replace: true });
    await uploads.add(system, queen('Innuendo'));
    await database.query(
      `UPDATE audit.catalogue_uploads SET last_call_at = now() - interval '1 day'`,
    );
    await uploads.add(system, queen('One Vision'));
    expect(await uploads.finishQuiet(mine())).toEqual([]);
    expect(await uploads.finish(system)).toMatchObject({ unchanged: 2, deleted: 0 });
  });

  it('is finished only for the given customer', async () => {
    await uploads.add(system, queen('Bicycle Race'));
    const { id } = await createCustomerProfile(app.dataSource.manager);
    expect(await uploads.finishQuiet({ customerProfileId: id, quietForMs: 0 })).toEqual([]);
    expect(await uploads.finishQuiet({ customerProfileId: 'nobody', quietForMs: 0 })).toEqual([]);
    const finished = await uploads.finishQuiet({ quietForMs: 0 });
    expect(finished).toContainEqual({
      ...system,
      summary: expect.objectContaining({ inserted: 1 }),
    });
  });

  it('has its sender as the actor in the trail', async () => {
    await ActorContext.run({ name: 'API key of Joe’s Bar' }, () =>
      uploads.add(system, queen('Bicycle Race')),
    );
    await ActorContext.run({ name: 'timer' }, () =>
      uploads.finishQuiet({ ...mine(), quietForMs: 0 }),
    );
    expect(
      await database.query(
        `SELECT actor_name FROM audit_logs
         WHERE table_name = 'songdb' AND new_data ->> 'title' = 'Bicycle Race'
         AND new_data ->> 'customer_profiles_id' = $1`,
        [system.customerProfileId],
      ),
    ).toEqual([{ actor_name: 'API key of Joe’s Bar' }]);
  });
});

describe('an upload whose system or customer is deleted meanwhile', () => {
  it('is deleted with the system, and does not come back', async () => {
    const { id } = await create(app.dataSource, System, system);
    await uploads.begin(system, { replace: true });
    await uploads.add(system, queen('Bicycle Race'));
    await app.get(SongCatalogueService).clear(system);
    await app.dataSource.getRepository(System).delete({ id });
    expect(await waiting()).toBe(0);
    expect(await uploads.finish(system)).toBeNull();
    expect(await catalogue()).toEqual([]);
  });

  it('is deleted with a system that was created after it began', async () => {
    await uploads.begin(system, { replace: true });
    const { id } = await create(app.dataSource, System, system);
    await uploads.add(system, queen('Bicycle Race'));
    await app.dataSource.getRepository(System).delete({ id });
    expect(await uploads.finish(system)).toBeNull();
  });

  it('is deleted with the customer', async () => {
    await uploads.begin(system, { replace: true });
    await uploads.add(system, queen('Bicycle Race'));
    await app.dataSource.getRepository(CustomerProfile).delete({ id: system.customerProfileId });
    expect(await waiting()).toBe(0);
    expect(await uploads.finishQuiet({ ...mine(), quietForMs: 0 })).toEqual([]);
    await expect(uploads.finish(system)).rejects.toMatchObject({
      code: 'CUSTOMER_PROFILE_NOT_FOUND',
    });
  });
});

describe('calls that are not valid', () => {
  it.each([
    [{ customerProfileId: 'nobody' }, 'CUSTOMER_PROFILE_NOT_FOUND'],
    [{ customerProfileId: '7e0a5e6e-0000-4000-8000-000000000000' }, 'CUSTOMER_PROFILE_NOT_FOUND'],
    [{ openkjSystemId: -1 }, 'INVALID_SYSTEM_NUMBER'],
    [{ openkjSystemId: 0.5 }, 'INVALID_SYSTEM_NUMBER'],
  ])('are refused: %o', async (change, code) => {
    const wrong = { ...system, ...change };
    await expect(uploads.begin(wrong)).rejects.toMatchObject({ code });
    await expect(uploads.add(wrong, queen('a'))).rejects.toMatchObject({ code });
    await expect(uploads.finish(wrong)).rejects.toMatchObject({ code });
    await expect(uploads.discard(wrong)).rejects.toMatchObject({ code });
  });

  it('are refused: invalid counts and filters', async () => {
    for (const wrong of [0, Number.NaN, 10_000_001]) {
      await expect(uploads.add(system, queen('a'), { mostSongs: wrong })).rejects.toMatchObject({
        code: 'INVALID_COUNT',
      });
    }
    for (const wrong of [-1, Number.NaN, 86_400_001]) {
      await expect(uploads.finishQuiet({ quietForMs: wrong })).rejects.toMatchObject({
        code: 'INVALID_COUNT',
      });
      await expect(uploads.begin(system, { patienceMs: wrong })).rejects.toMatchObject({
        code: 'INVALID_COUNT',
      });
    }
    await expect(uploads.finishQuiet({ customerProfileId: undefined })).rejects.toMatchObject({
      code: 'MISSING_FILTER',
    });
    expect(await waiting()).toBe(0);
  });
});
