import {
  AuditRetention,
  AuditService,
  Request,
  RequestRepository,
  RequestService,
  SingerProfile,
  SingerRequestHistoryRepository,
  type User,
  type Venue,
} from '@singr/database';
import { useDatabase } from '../../support/database.js';
import { createUser, createVenue } from '../../support/fixtures.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';

const database = useDatabase();
const song = { artist: 'Queen', title: 'Bohemian Rhapsody' };
let app: TestApp;
let service: RequestService;
let requests: RequestRepository;
let history: SingerRequestHistoryRepository;
let venue: Venue;
let user: User;

beforeAll(async () => {
  app = await createTestApp(database);
  service = app.get(RequestService);
  requests = app.get(RequestRepository);
  history = app.get(SingerRequestHistoryRepository);
});

beforeEach(async () => {
  const { manager } = app.dataSource;
  venue = await createVenue(manager);
  user = await createUser(manager, { displayName: 'Freddie M.' });
});

const profile = (nickname: string | null) =>
  app.dataSource.getRepository(SingerProfile).save({ userId: user.id, nickname });

/** Submits the only open request, and checks that the result and the queue have the same name. */
async function nameToCall(values: object): Promise<string | null> {
  const { request } = await service.submit({ ...song, venueId: venue.id, ...values });
  const [open] = await requests.findOpen(venue.id);
  expect(open!.nameToCall).toBe(request.nameToCall);
  return request.nameToCall;
}

describe('a guest', () => {
  it('is called up by the name of the request, and has no history', async () => {
    expect(await nameToCall({ singerName: '  Ann\u0007  of table 4 ' })).toBe('Ann of table 4');
    expect(await history.countBy({ venueId: venue.id })).toBe(0);
    expect(await requests.findOneByOrFail({ venueId: venue.id })).toMatchObject({
      singerName: 'Ann of table 4',
      singerProfileId: null,
    });
  });

  it('without a name is called by the name of the user who sent the request', async () => {
    expect(await nameToCall({ submittedByUserId: user.id })).toBe('Freddie M.');
  });

  it('without a name and a user has no name to call', async () => {
    expect(await nameToCall({})).toBeNull();
  });

  it.each(['', '  ', '\u0000'])('cannot be called %j', async (singerName) => {
    await expect(service.submit({ ...song, venueId: venue.id, singerName })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    });
    expect(await requests.findOpen(venue.id)).toEqual([]);
  });
});

describe('a singer with a profile', () => {
  it('is called by the nickname', async () => {
    const { id: singerProfileId } = await profile('Farrokh');
    expect(await nameToCall({ singerProfileId })).toBe('Farrokh');
  });

  it('can have another name for a song', async () => {
    const { id: singerProfileId } = await profile('Farrokh');
    expect(await nameToCall({ singerProfileId, singerName: 'The Two of Us' })).toBe(
      'The Two of Us',
    );
    expect(await history.countBy({ singerProfileId })).toBe(1);
  });

  it.each([null, ' '])('whose nickname is %j is called by the display name', async (nickname) => {
    const { id: singerProfileId } = await profile(nickname);
    const host = await createUser(app.dataSource.manager, { displayName: 'The host' });
    expect(await nameToCall({ singerProfileId, submittedByUserId: host.id })).toBe('Freddie M.');
  });

  it('never is called by an e-mail address', async () => {
    await app.dataSource.manager.save(Object.assign(user, { displayName: null }));
    const { id: singerProfileId } = await profile(null);
    expect(await nameToCall({ singerProfileId })).toBeNull();
  });
});

it('a name is erased from the trail with the person’s data', async () => {
  await service.submit({
    ...song,
    venueId: venue.id,
    submittedByUserId: user.id,
    singerName: 'Freddie',
  });
  await app.get(AuditRetention).eraseUser(user.id);
  const { id } = await requests.findOneByOrFail({ venueId: venue.id });
  const { entries } = await app.get(AuditService).history({ entity: Request, id });
  expect(entries[0]!.after).toMatchObject({ singer_name: '[erased]' });
});
