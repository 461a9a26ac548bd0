import {
  AuditService,
  RequestRepository,
  RequestService,
  SingerProfile,
  SingerRequestHistoryRepository,
  StateRepository,
  type Venue,
  VenueService,
} from '@singr/database';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { createUser, createVenue } from '../../support/fixtures.js';
import { inTurn } from '../../support/in-turn.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';

const database = useDatabase();
const nobody = '7e0a5e6e-0000-4000-8000-000000000000';
let app: TestApp;
let service: RequestService;
let requests: RequestRepository;
let venue: Venue;

beforeAll(async () => {
  app = await createTestApp(database);
  service = app.get(RequestService);
  requests = app.get(RequestRepository);
});

beforeEach(async () => {
  venue = await createVenue(app.dataSource.manager);
});

const submit = async (title: string, values = {}) =>
  (await service.submit({ artist: 'Queen', title, venueId: venue.id, ...values })).request;
const titles = async () => (await requests.findOpen(venue.id)).map(({ title }) => title);
const serial = () => app.get(StateRepository).currentSerial(venue.customerProfileId);
const code = (expected: string) => ({ code: expected });
const notThere = () => [
  [nobody, '1'],
  ['x', '1'],
  [venue.id, '0'],
  [venue.id, 'x'],
  [venue.id, '9223372036854775808'],
];

describe('remove()', () => {
  it('deletes an open request, which does not count as sung, and increments the serial', async () => {
    const user = await createUser(app.dataSource.manager);
    const singer = await app.dataSource.getRepository(SingerProfile).save({ userId: user.id });
    const { id } = await submit('a', { singerProfileId: singer.id });
    await submit('b');
    expect(await service.remove(venue.id, id)).toEqual({ count: 1, serial: 4 });
    expect(await titles()).toEqual(['b']);
    expect(await requests.findOneBy({ id })).toBeNull();
    const { entries } = await app.get(SingerRequestHistoryRepository).page(singer.id);
    expect(entries).toMatchObject([{ title: 'a' }]);
  });

  it('can be undone, which increments the serial again', async () => {
    const { id } = await submit('a');
    await service.remove(venue.id, id);
    const audit = app.get(AuditService);
    const { entries } = await audit.history({ table: 'requests', limit: 1 });
    await audit.undo(entries[0]!.sequence);
    expect(await titles()).toEqual(['a']);
    expect(await serial()).toBe(4);
  });

  it('refuses a processed and an unknown request', async () => {
    const { id } = await submit('a');
    await service.process(venue.id, id);
    await expect(service.remove(venue.id, id)).rejects.toMatchObject(code('REQUEST_PROCESSED'));
    const other = await createVenue(app.dataSource.manager);
    for (const [venueId, requestId] of [...notThere(), [other.id, id]]) {
      await expect(service.remove(venueId!, requestId!)).rejects.toMatchObject(
        code('REQUEST_NOT_FOUND'),
      );
    }
    expect(await serial()).toBe(3);
  });
});

describe('reopen()', () => {
  it('puts a processed request back at its old place, once, and increments the serial', async () => {
    const { id } = await submit('a');
    await submit('b');
    await service.process(venue.id, id);
    expect(await service.reopen(venue.id, id)).toEqual({ count: 1, serial: 5 });
    expect(await service.reopen(venue.id, id)).toEqual({ count: 0, serial: null });
    expect(await titles()).toEqual(['a', 'b']);
    expect(await requests.findOneByOrFail({ id })).toMatchObject({
      processed: false,
      processedAt: null,
    });
    expect(await service.process(venue.id, id)).toMatchObject({ count: 1 });
  });

  it('works while the venue is closed', async () => {
    const { id } = await submit('a');
    await service.process(venue.id, id);
    await app.get(VenueService).close(venue.id);
    await service.reopen(venue.id, id);
    expect(await titles()).toEqual(['a']);
  });

  it('refuses an unknown request', async () => {
    const { id } = await submit('a');
    await service.process(venue.id, id);
    const other = await createVenue(app.dataSource.manager);
    for (const [venueId, requestId] of [...notThere(), [other.id, id]]) {
      await expect(service.reopen(venueId!, requestId!)).rejects.toMatchObject(
        code('REQUEST_NOT_FOUND'),
      );
    }
    expect(await titles()).toEqual([]);
  });
});

describeOnServer('concurrently', () => {
  let id: string;

  beforeEach(async () => {
    ({ id } = await submit('a'));
  });

  const remove = () => service.remove(venue.id, id);
  const process = () => service.process(venue.id, id);
  const reopen = () => service.reopen(venue.id, id);
  const inTurnForRequest = (...work: (() => Promise<unknown>)[]) =>
    inTurn(
      database,
      { lock: 'SELECT FROM requests WHERE requests_id = $1 FOR UPDATE', parameters: [id] },
      ...work,
    );

  it('one of several removals removes it', async () => {
    const outcomes = await inTurnForRequest(remove, remove, remove);
    expect(outcomes).toMatchObject([
      { value: { count: 1, serial: 3 } },
      { reason: code('REQUEST_NOT_FOUND') },
      { reason: code('REQUEST_NOT_FOUND') },
    ]);
    expect(await serial()).toBe(3);
  });

  it('a request that was processed first is not removed', async () => {
    expect(await inTurnForRequest(process, remove)).toMatchObject([
      { value: { count: 1 } },
      { reason: code('REQUEST_PROCESSED') },
    ]);
    expect(await requests.findOneByOrFail({ id })).toMatchObject({ processed: true });
  });

  it('a request that was removed first is not processed', async () => {
    expect(await inTurnForRequest(remove, process)).toMatchObject([
      { value: { count: 1 } },
      { value: { count: 0, serial: null } },
    ]);
    expect(await serial()).toBe(3);
  });

  it('one of several calls puts it back', async () => {
    await process();
    expect(await inTurnForRequest(reopen, reopen)).toMatchObject([
      { value: { count: 1, serial: 4 } },
      { value: { count: 0, serial: null } },
    ]);
  });
});
