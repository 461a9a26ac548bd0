import { randomUUID } from 'node:crypto';
import {
  ActorContext,
  FavoritesService,
  Request,
  RequestService,
  SingerFavoriteVenue,
  SingerProfile,
  SingerRequestHistory,
  StateRepository,
  Venue,
  VenueService,
  type VenueChanges,
} from '@singr/database';
import { create } from '@singr/database/testing';
import { In } from 'typeorm';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { createCustomerProfile, createVenue } from '../../support/fixtures.js';
import { atOnce, outcomes, useServices } from '../../support/identity-services.js';
import { untilWaiting } from '../../support/in-turn.js';

const database = useDatabase();
const services = useServices(database);
const service = () => services.get(VenueService);
const requests = () => services.get(RequestService);
const manager = () => services.dataSource.manager;

let customerProfileId: string;

beforeEach(async () => {
  customerProfileId = (await createCustomerProfile(manager())).id;
});

const createOwn = (fields: Partial<Venue> = {}) =>
  createVenue(manager(), { customerProfileId, ...fields });
const serial = () => services.get(StateRepository).currentSerial(customerProfileId);
const stored = (id: string) => manager().findOneByOrFail(Venue, { id });
const newName = () => `name-${randomUUID().slice(0, 8)}`;

describe('changing a venue', () => {
  it('writes the given fields and keeps the rest', async () => {
    const before = await createOwn({ country: 'US', website: 'https://old.example.com' });
    const location = { type: 'Point' as const, coordinates: [-86.78, 36.16] as [number, number] };
    const { venue } = await service().update(before.id, {
      city: 'Memphis',
      country: undefined,
      website: null,
      location,
    });
    expect(venue).toBeInstanceOf(Venue);
    expect(venue).toEqual(await stored(before.id));
    expect(venue).toMatchObject({
      name: before.name,
      city: 'Memphis',
      country: 'US',
      website: null,
      location,
    });
  });

  it.each<[string, () => VenueChanges]>([
    ['name', () => ({ name: 'Another' })],
    ['URL name', () => ({ urlName: newName() })],
    ['number', () => ({ openkjVenueId: 77 })],
  ])('increments the serial once with another %s, which OpenKJ shows', async (_, changes) => {
    const venue = await createOwn();
    const given = changes();
    await expect(service().update(venue.id, given)).resolves.toMatchObject({ serial: 2 });
    await expect(service().update(venue.id, given)).resolves.toMatchObject({ serial: null });
    expect(await serial()).toBe(2);
  });

  it('keeps the URL name when the name changes', async () => {
    const { id, urlName } = await createOwn();
    const { venue } = await service().update(id, { name: 'Another' });
    expect(venue).toMatchObject({ name: 'Another', urlName });
  });

  it('does not increment the serial if OpenKJ does not show the field', async () => {
    const { id } = await createOwn();
    await expect(service().update(id, { city: 'Memphis' })).resolves.toMatchObject({
      serial: null,
    });
    expect(await serial()).toBe(1);
  });

  it('writes and records nothing when nothing changes', async () => {
    const before = await createOwn({ location: { type: 'Point', coordinates: [1 / 3, 2] } });
    const { name, city, location } = before;
    await service().update(before.id, { name, city, location });
    await service().update(before.id, {});
    expect(await stored(before.id)).toMatchObject({ updatedAt: before.updatedAt });
    const entries = await database.query(
      `SELECT operation FROM audit_logs WHERE record_id = $1 AND operation <> 'INSERT'`,
      [before.id],
    );
    expect(entries).toEqual([]);
  });

  it('changes only the fields that it is for', async () => {
    const { id } = await createOwn();
    const foreign = { customerProfileId: randomUUID(), acceptingRequests: false, city: 'Memphis' };
    await service().update(id, foreign);
    expect(await stored(id)).toMatchObject({
      customerProfileId,
      acceptingRequests: true,
      city: 'Memphis',
    });
  });

  it('is attributed to its actor', async () => {
    const { id } = await createOwn();
    await ActorContext.run({ name: 'host' }, () => service().update(id, { name: 'Another' }));
    const entries = await database.query(
      `SELECT table_name, actor_name FROM audit_logs
       WHERE record_id = ANY ($1) AND actor_name IS NOT NULL ORDER BY table_name`,
      [[id, customerProfileId]],
    );
    expect(entries).toEqual([
      { table_name: 'state', actor_name: 'host' },
      { table_name: 'venues', actor_name: 'host' },
    ]);
  });

  it('refuses taken and invalid values, and changes nothing', async () => {
    const taken = await createOwn();
    const foreign = await createVenue(manager());
    const venue = await createOwn();
    const refused = async (changes: VenueChanges, code: string) =>
      expect(service().update(venue.id, { city: 'Memphis', ...changes })).rejects.toMatchObject({
        code,
      });
    await refused({ urlName: taken.urlName }, 'URL_NAME_TAKEN');
    await refused({ urlName: foreign.urlName }, 'URL_NAME_TAKEN');
    await refused({ urlName: 'My Bar' }, 'INVALID_URL_NAME');
    await refused({ openkjVenueId: taken.openkjVenueId }, 'VENUE_NUMBER_TAKEN');
    await refused({ openkjVenueId: -1 }, 'INVALID_VENUE_NUMBER');
    await refused({ name: 'A\0' }, 'INVALID_TEXT');
    await refused({ location: { type: 'Point', coordinates: [0, 91] } }, 'INVALID_POINT');
    expect(await stored(venue.id)).toEqual(venue);
    expect(await serial()).toBe(1);
    for (const unknown of [randomUUID(), 'x']) {
      await expect(service().update(unknown, {})).rejects.toMatchObject({
        code: 'VENUE_NOT_FOUND',
      });
    }
    // Numbers are separate for each customer.
    const { openkjVenueId } = foreign;
    await expect(service().update(venue.id, { openkjVenueId })).resolves.toBeDefined();
  });

  it('leaves the surrounding transaction usable when it refuses', async () => {
    const [taken, venue] = [await createOwn(), await createOwn()];
    await services.dataSource.transaction(async () => {
      await expect(service().update(venue.id, { urlName: taken.urlName })).rejects.toMatchObject({
        code: 'URL_NAME_TAKEN',
      });
      await service().update(venue.id, { city: 'Memphis' });
    });
    expect((await stored(venue.id)).city).toBe('Memphis');
  });

  describeOnServer('concurrently', () => {
    it('gives a URL name to one of many venues', async () => {
      const [urlName, ids] = [newName(), [] as string[]];
      for (let index = 0; index < 8; index++) ids.push((await createOwn()).id);
      const { values, codes } = await outcomes(ids.map((id) => service().update(id, { urlName })));
      expect(values.map(({ venue }) => venue.urlName)).toEqual([urlName]);
      expect(codes).toEqual(Array(7).fill('URL_NAME_TAKEN'));
      expect(await serial()).toBe(2);
    });

    it.each<[string, (other: Venue) => VenueChanges, string]>([
      ['a URL name', ({ urlName }) => ({ urlName: `${urlName}-2` }), 'URL_NAME_TAKEN'],
      ['a number', () => ({ openkjVenueId: 77 }), 'VENUE_NUMBER_TAKEN'],
    ])(
      'leaves the transaction around usable when another one just took %s',
      async (_what, changesFrom, code) => {
        const [other, venue] = [await createOwn(), await createOwn()];
        const changes = changesFrom(other);
        const holder = await database.connect();
        await holder.query('BEGIN');
        await holder.query(
          `UPDATE venues SET url_name = coalesce($2, url_name), openkj_venue_id = coalesce($3, openkj_venue_id)
           WHERE venues_id = $1`,
          [other.id, changes.urlName, changes.openkjVenueId],
        );
        const work = services.dataSource.transaction(async () => {
          await expect(service().update(venue.id, changes)).rejects.toMatchObject({ code });
          await service().update(venue.id, { city: 'Memphis' });
        });
        await untilWaiting(database, 1);
        await holder.query('COMMIT');
        await work;
        expect((await stored(venue.id)).city).toBe('Memphis');
      },
    );

    it('gives a number to one of many venues', async () => {
      const ids: string[] = [];
      for (let index = 0; index < 8; index++) ids.push((await createOwn()).id);
      const { values, codes } = await outcomes(
        ids.map((id) => service().update(id, { openkjVenueId: 77 })),
      );
      expect(values).toHaveLength(1);
      expect(codes).toEqual(Array(7).fill('VENUE_NUMBER_TAKEN'));
    });

    it('refuses two venues that exchange names, without a deadlock', async () => {
      const [one, two] = [await createOwn(), await createOwn()];
      const { codes } = await outcomes(
        [
          [one.id, { urlName: two.urlName }] as const,
          [two.id, { urlName: one.urlName }] as const,
          [one.id, { openkjVenueId: two.openkjVenueId }] as const,
          [two.id, { openkjVenueId: one.openkjVenueId }] as const,
        ].map(([id, changes]) => service().update(id, changes)),
      );
      expect(codes.sort()).toEqual([
        ...Array(2).fill('URL_NAME_TAKEN'),
        ...Array(2).fill('VENUE_NUMBER_TAKEN'),
      ]);
    });

    it('keeps concurrent changes of different fields', async () => {
      const { id } = await createOwn();
      await Promise.all([
        service().update(id, { name: 'Another' }),
        service().update(id, { city: 'Memphis' }),
        service().update(id, { website: 'https://example.com' }),
        service().close(id),
      ]);
      expect(await stored(id)).toMatchObject({
        name: 'Another',
        city: 'Memphis',
        website: 'https://example.com',
        acceptingRequests: false,
      });
      expect(await serial()).toBe(3);
    });
  });
});

describe('removing a venue', () => {
  const song = { artist: 'Queen', title: 'Bohemian Rhapsody' };

  it('deletes requests, history and favourite marks, and increments the serial', async () => {
    const [venue, other] = [await createOwn(), await createOwn()];
    const { id: singerProfileId } = await create(manager(), SingerProfile);
    for (const { id: venueId } of [venue, other]) {
      await requests().submit({ ...song, venueId, singerProfileId });
      await services.get(FavoritesService).setVenue(singerProfileId, venueId, true);
    }
    expect(await serial()).toBe(3);
    await expect(service().remove(venue.id)).resolves.toBe(4);
    for (const table of [Request, SingerRequestHistory, SingerFavoriteVenue]) {
      const left = await manager().findBy(table, { venueId: In([venue.id, other.id]) });
      expect(left.map(({ venueId }) => venueId)).toEqual([other.id]);
    }
    expect(await manager().existsBy(Venue, { id: venue.id })).toBe(false);
  });

  it('refuses an unknown or deleted venue', async () => {
    const { id } = await createOwn();
    await service().remove(id);
    for (const unknown of [id, randomUUID(), 'x']) {
      await expect(service().remove(unknown)).rejects.toMatchObject({ code: 'VENUE_NOT_FOUND' });
    }
    expect(await serial()).toBe(2);
  });

  it('frees the URL name and the number', async () => {
    const { id, urlName, openkjVenueId } = await createOwn();
    await service().remove(id);
    await expect(createOwn({ urlName, openkjVenueId })).resolves.toBeDefined();
  });

  describeOnServer('concurrently', () => {
    it('happens once', async () => {
      const { id } = await createOwn();
      const { values, codes } = await outcomes(atOnce(8, () => service().remove(id)));
      expect(values).toEqual([2]);
      expect(codes).toEqual(Array(7).fill('VENUE_NOT_FOUND'));
    });

    it('leaves no request of singers who submit meanwhile', async () => {
      const { id: venueId } = await createOwn();
      const submitted = outcomes(atOnce(12, () => requests().submit({ ...song, venueId })));
      await service().remove(venueId);
      const { values, codes } = await submitted;
      expect(codes).toEqual(Array(12 - values.length).fill('VENUE_NOT_FOUND'));
      expect(await manager().countBy(Request, { venueId })).toBe(0);
      expect(await serial()).toBe(values.length + 2);
    });

    it('does not deadlock with a host who processes and clears requests', async () => {
      for (let round = 0; round < 10; round++) {
        const { id: venueId } = await createOwn();
        const { request } = await requests().submit({ ...song, venueId });
        const { codes } = await outcomes<unknown>([
          requests().process(venueId, request.id),
          service().remove(venueId),
          requests().clear(venueId),
        ]);
        expect(codes.filter((code) => !/^(REQUEST|VENUE)_NOT_FOUND$/.test(code))).toEqual([]);
        expect(await manager().existsBy(Venue, { id: venueId })).toBe(false);
      }
    });
  });
});
