import { SongCatalogueService, SongRepository } from '@singr/database';
import { useDatabase } from '../../support/database.js';
import { createCustomerProfile } from '../../support/fixtures.js';
import { useServices } from '../../support/identity-services.js';

const services = useServices(useDatabase());
let place: { customerProfileId: string; openkjSystemId: number };

beforeAll(async () => {
  const { id } = await createCustomerProfile(services.dataSource.manager);
  place = { customerProfileId: id, openkjSystemId: 1 };
  const loves = Array.from({ length: 1100 }, (_, number) => ({
    artist: `Singer ${number}`,
    title: `Love Song ${number}`,
  }));
  const others = Array.from({ length: 60 }, (_, number) => ({
    artist: `Band ${number % 7}`,
    title: `Winter Tale ${number}`,
  }));
  await services.get(SongCatalogueService).import([...loves, ...others], place);
});

const page = (query: string, options: object = {}) =>
  services.get(SongRepository).searchPage({ query, ...place, ...options });

describe('searchPage()', () => {
  it('returns the songs in pages, each once, with their number', async () => {
    const pages = await Promise.all([1, 2, 3, 4].map((number) => page('winter', { page: number })));
    expect(pages.map(({ songs }) => songs.length)).toEqual([25, 25, 10, 0]);
    expect(new Set(pages.flatMap(({ songs }) => songs.map(({ id }) => id))).size).toBe(60);
    for (const { total, hasMore } of pages) expect([total, hasMore]).toEqual([60, false]);
  });

  it('has the songs of search() on its first page', async () => {
    const { songs } = await page('tale 3', { limit: 5 });
    const found = await services
      .get(SongRepository)
      .search({ query: 'tale 3', limit: 5, ...place });
    expect(songs).toEqual(found);
  });

  it.each(['love', 'song love'])(
    'counts up to 1000 songs with %j, and reports that there are more',
    async (query) => {
      const { total, hasMore, songs } = await page(query, { page: 20, limit: 50 });
      expect([total, hasMore, songs.length]).toEqual([1000, true, 50]);
      expect((await page(query, { page: 21, limit: 50 })).songs).toEqual([]);
    },
  );

  it('counts similar songs when none matches', async () => {
    expect(await page('winer tale 12')).toMatchObject({ hasMore: false });
    expect((await page('winer tale 12')).total).toBeGreaterThan(0);
  });

  it('has an empty page for a blank text', async () => {
    expect(await page('  ')).toEqual({ songs: [], total: 0, hasMore: false });
  });

  it.each([0, -1, 1.5, 1001])('refuses page %d', async (number) => {
    await expect(page('love', { page: number })).rejects.toMatchObject({ code: 'INVALID_COUNT' });
  });
});
