import {
  SingerRequestHistory,
  SongCatalogueService,
  SongRepository,
  songFingerprint,
  Venue,
} from '@singr/database';
import { create } from '@singr/database/testing';
import { useDatabase } from '../../support/database.js';
import { createCustomerProfile } from '../../support/fixtures.js';
import { useServices } from '../../support/identity-services.js';

const services = useServices(useDatabase());
let here: { customerProfileId: string; openkjSystemId: number };
let venueId: string;
let elsewhereId: string;

const recordings = ['Alexandra Burke', 'Jeff Buckley', 'John Cale', 'Leonard Cohen'].map(
  (artist) => ({ artist, title: 'Hallelujah' }),
);

beforeAll(async () => {
  const { dataSource } = services;
  const { id } = await createCustomerProfile(dataSource.manager);
  here = { customerProfileId: id, openkjSystemId: 1 };
  venueId = (await create(dataSource, Venue, { customerProfileId: id })).id;
  elsewhereId = (await create(dataSource, Venue)).id;
  await services.get(SongCatalogueService).import(recordings, here);
});

beforeEach(async () => {
  await services.dataSource.query('DELETE FROM singer_request_history');
});

async function request(artist: string, venue: string, times: number): Promise<void> {
  const title = 'Hallelujah';
  for (let time = 0; time < times; time++) {
    await create(services.dataSource, SingerRequestHistory, {
      venueId: venue,
      artist,
      title,
      songFingerprint: songFingerprint(artist, title),
    });
  }
}

async function artists(query: string, scope: object = here): Promise<string[]> {
  const found = await services.get(SongRepository).search({ query, ...scope });
  return found.map(({ artist }) => artist);
}

describe('recordings of one title', () => {
  it('are in alphabetical order without requests', async () => {
    expect(await artists('hallelujah')).toEqual(recordings.map(({ artist }) => artist));
  });

  it('are sorted by requests here, then by requests everywhere', async () => {
    await request('John Cale', venueId, 2);
    await request('Leonard Cohen', venueId, 1);
    await request('Jeff Buckley', elsewhereId, 3);
    const expected = ['John Cale', 'Leonard Cohen', 'Jeff Buckley', 'Alexandra Burke'];
    expect(await artists('hallelujah')).toEqual(expected);
    expect(await artists('hallel')).toEqual(expected);
    expect(await artists('haleluja')).toEqual(expected);
  });

  it('are sorted by requests at all venues in a search of all catalogues', async () => {
    await request('John Cale', venueId, 2);
    await request('Jeff Buckley', elsewhereId, 3);
    expect((await artists('hallelujah', {})).slice(0, 2)).toEqual(['Jeff Buckley', 'John Cale']);
  });

  it('come after a song that matches better, however popular they are', async () => {
    await request('Leonard Cohen', venueId, 3);
    expect((await artists('hallelujah john cale'))[0]).toBe('John Cale');
  });

  it('are all considered, even if more songs have the title than the limit', async () => {
    const covers = Array.from({ length: 45 }, (_, number) => ({
      artist: `Choir ${String(number).padStart(2, '0')}`,
      title: 'Amazing Grace',
    }));
    const place = { ...here, openkjSystemId: 2 };
    await services.get(SongCatalogueService).import(covers, place);
    await create(services.dataSource, SingerRequestHistory, {
      venueId,
      artist: 'Choir 37',
      title: 'Amazing Grace',
      songFingerprint: songFingerprint('choir 37', 'AMAZING GRACE'),
    });
    expect((await artists('amazing grace', place))[0]).toBe('Choir 37');
  });
});
