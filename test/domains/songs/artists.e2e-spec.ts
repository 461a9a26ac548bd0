import { SongCatalogueService, SongRepository } from '@singr/database';
import { useDatabase } from '../../support/database.js';
import { createCustomerProfile } from '../../support/fixtures.js';
import { useServices } from '../../support/identity-services.js';

const services = useServices(useDatabase());
let place: { customerProfileId: string; openkjSystemId: number };

beforeAll(async () => {
  const { id } = await createCustomerProfile(services.dataSource.manager);
  place = { customerProfileId: id, openkjSystemId: 1 };
  const songs = [
    ['ABBA', 'Waterloo'],
    ['ABBA', 'Fernando'],
    ['AC/DC', 'Thunderstruck'],
    ['Ärzte', 'Westerland'],
    ['Beyoncé', 'Halo'],
    ['Beyoncé', 'Irreplaceable'],
    ['BEYONCE', 'Déjà Vu'],
    ['Édith - Live', 'Milord'],
    ['Кино', 'Группа крови'],
    ['Kiss', 'Beth'],
    ['2Pac', 'Changes'],
    ['!!!', 'Heart of Hearts'],
    ['A - Team', 'Theme'],
    ['宇多田ヒカル', 'First Love'],
  ].map(([artist, title]) => ({ artist, title }));
  await services.get(SongCatalogueService).import(songs, place);
  await services
    .get(SongCatalogueService)
    .import([{ artist: 'Adele', title: 'Hello' }], { ...place, openkjSystemId: 2 });
});

const songs = () => services.get(SongRepository);

describe('artistInitials()', () => {
  it('counts artists and songs by the initials of the artists', async () => {
    expect(await songs().artistInitials(place)).toEqual([
      { initial: '#', artists: 2, songs: 2 },
      { initial: 'A', artists: 4, songs: 5 },
      { initial: 'B', artists: 1, songs: 3 },
      { initial: 'E', artists: 1, songs: 1 },
      { initial: 'K', artists: 2, songs: 2 },
      { initial: '宇', artists: 1, songs: 1 },
    ]);
  });

  it('returns nothing for a catalogue without songs', async () => {
    expect(await songs().artistInitials({ ...place, openkjSystemId: 9 })).toEqual([]);
  });
});

describe('artists()', () => {
  const names = async (initial: string) => {
    const { artists } = await songs().artists({ ...place, initial });
    return artists.map(({ artist }) => artist);
  };

  it('begin with the letter, with or without accents, in Latin or another script', async () => {
    expect(await names('A')).toEqual(['A - Team', 'ABBA', 'AC/DC', 'Ärzte']);
    expect(await names('ä')).toEqual(await names('a'));
    expect(await names('к')).toEqual(['Кино', 'Kiss']);
    expect(await names('宇')).toEqual(['宇多田ヒカル']);
    expect(await names('#')).toEqual(['!!!', '2Pac']);
    expect(await names('Z')).toEqual([]);
  });

  it('have the number of their songs, and the spelling that most songs have', async () => {
    await expect(songs().artists({ ...place, initial: 'B' })).resolves.toEqual({
      artists: [{ artist: 'Beyoncé', songs: 3 }],
      nextCursor: null,
    });
  });

  it('are returned in pages', async () => {
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await songs().artists({ ...place, initial: 'A', limit: 2, cursor });
      expect(page.artists.length).toBe(2);
      found.push(...page.artists.map(({ artist }) => artist));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(found).toEqual(await names('A'));
  });

  it('agree with artistInitials()', async () => {
    for (const { initial, artists, songs: count } of await songs().artistInitials(place)) {
      const page = await songs().artists({ ...place, initial });
      expect(page.artists).toHaveLength(artists);
      expect(page.artists.reduce((sum, { songs }) => sum + songs, 0)).toBe(count);
    }
  });

  it.each([
    ['a cursor of another kind', { cursor: '%' }],
    ['a cursor with a zero byte', { cursor: Buffer.from('a\0').toString('base64url') }],
    ['no initial', { initial: undefined as unknown as string }],
  ])('are refused for %s', async (_what, wrong) => {
    await expect(songs().artists({ ...place, initial: 'A', ...wrong })).rejects.toMatchObject({
      code: 'INVALID_SONG_SEARCH',
    });
  });

  it('are refused for an invalid catalogue or limit', async () => {
    await expect(
      songs().artists({ customerProfileId: 'x', openkjSystemId: 1, initial: 'A' }),
    ).rejects.toMatchObject({ code: 'INVALID_SONG_SEARCH' });
    await expect(songs().artists({ ...place, initial: 'A', limit: 501 })).rejects.toMatchObject({
      code: 'INVALID_COUNT',
    });
  });
});
