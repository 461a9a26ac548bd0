import { SongCatalogueService, SongRepository } from '@singr/database';
import { useDatabase, describeOnServer } from '../../support/database.js';
import { createCustomerProfile } from '../../support/fixtures.js';
import { useServices } from '../../support/identity-services.js';

const database = useDatabase();
const services = useServices(database);
let place: { customerProfileId: string; openkjSystemId: number };

beforeAll(async () => {
  const { id } = await createCustomerProfile(services.dataSource.manager);
  place = { customerProfileId: id, openkjSystemId: 1 };
  const songs = [
    ['♥ Club', 'Night'],
    ['Jürgen', '🚗'],
    ['Anna', '€ and $'],
    ['Bob', 'Love for €'],
    ['Prince', 'Kiss'],
  ].map(([artist, title]) => ({ artist, title }));
  await services.get(SongCatalogueService).import(songs, place);
});

const search = (query: string, options: object = {}) =>
  services.get(SongRepository).search({ query, ...place, ...options });

describe('a text of only symbols', () => {
  it.each([
    ['♥', ['♥ Club - Night']],
    ['🚗', ['Jürgen - 🚗']],
    ['€', ['Anna - € and $']],
    ['love €', ['Bob - Love for €']],
  ])('%s finds songs that begin with it', async (query, expected) => {
    const found = await search(query);
    expect(found.map(({ combined }) => combined)).toEqual(expected);
  });

  it.each(['€', '♥', '🚗', '€ ♥', '- -', '???'])(
    '%s is not searched in an index that would be read completely',
    async (query) => {
      const { beginningsThenWords } =
        await import('../../../src/domains/songs/search/search-statements.js');
      const { typedText } = await import('../../../src/domains/songs/search/search-expressions.js');
      const { sql, parameters } = beginningsThenWords(typedText(query), {}, 25, 300);
      const client = await database.connect();
      await client.query('SET enable_seqscan = off');
      const { rows } = await client.query(`EXPLAIN ${sql}`, parameters);
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      expect(plan).toMatch(/Index Cond/);
      expect(plan).not.toMatch(/Seq Scan|~~/);
    },
  );
});

// The embedded engine cannot interrupt a statement in its single session.
describeOnServer('a search that takes too long', () => {
  async function whileLocked(work: () => Promise<unknown>): Promise<void> {
    const client = await database.connect();
    await client.query('BEGIN; LOCK TABLE songdb IN ACCESS EXCLUSIVE MODE');
    try {
      await work();
    } finally {
      await client.query('ROLLBACK');
    }
  }

  it('fails with an error that says what to do', async () => {
    await whileLocked(async () => {
      const error = { code: 'SONG_SEARCH_TIMEOUT', message: expect.stringContaining('timeoutMs') };
      await expect(search('kiss', { timeoutMs: 50 })).rejects.toMatchObject(error);
      await expect(
        services.get(SongRepository).searchPage({ query: 'kiss', ...place, timeoutMs: 50 }),
      ).rejects.toMatchObject(error);
      await expect(
        services.get(SongRepository).artistInitials(place, { timeoutMs: 50 }),
      ).rejects.toMatchObject(error);
    });
    await expect(search('kiss')).resolves.toHaveLength(1);
  });

  it('aborts a surrounding transaction as any error does', async () => {
    await whileLocked(async () => {
      const work = services.dataSource.transaction(() => search('kiss', { timeoutMs: 50 }));
      await expect(work).rejects.toMatchObject({ code: 'SONG_SEARCH_TIMEOUT' });
    });
  });

  it('leaves no time limit set, neither on the connection nor in a transaction', async () => {
    const limit = async () =>
      (await services.dataSource.query('SHOW statement_timeout'))[0].statement_timeout;
    const before = await limit();
    await search('kiss', { timeoutMs: 1234 });
    expect(await limit()).toBe(before);
    await services.dataSource.transaction(async () => {
      const inTransaction = await limit();
      await search('kiss', { timeoutMs: 1234 });
      expect(await limit()).toBe(inTransaction);
      // Neither of two concurrent searches may treat the other's limit as that of the transaction.
      await Promise.all([1000, 2000].map((timeoutMs) => search('kiss', { timeoutMs })));
      expect(await limit()).toBe(inTransaction);
    });
  });

  it.each([0, -1, 0.5])('refuses %d milliseconds', async (timeoutMs) => {
    await expect(search('kiss', { timeoutMs })).rejects.toMatchObject({ code: 'INVALID_COUNT' });
  });
});
