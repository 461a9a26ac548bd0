import { randomUUID } from 'node:crypto';
import {
  ActorContext,
  SongCatalogueService,
  SongDb,
  System,
  SystemRepository,
  SystemService,
  Venue,
} from '@singr/database';
import { create } from '@singr/database/testing';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { createCustomerProfile, createVenue } from '../../support/fixtures.js';
import { atOnce, outcomes, useServices } from '../../support/identity-services.js';
import { inTurn } from '../../support/in-turn.js';
import { Signal } from '../../engine/transaction/control.js';

const database = useDatabase();
const services = useServices(database);
const systems = () => services.get(SystemRepository);
const service = () => services.get(SystemService);
const catalogues = () => services.get(SongCatalogueService);
const manager = () => services.dataSource.manager;

let customerProfileId: string;

beforeEach(async () => {
  customerProfileId = (await createCustomerProfile(manager())).id;
});

const createOwn = (fields: Partial<System> = {}) =>
  service().create({
    customerProfileId,
    name: 'Laptop',
    ...(fields as { openkjSystemId?: number }),
  });
const venueOf = (customer = customerProfileId) =>
  createVenue(manager(), { customerProfileId: customer });
const activeAt = async ({ id }: Venue) =>
  (await manager().findOneByOrFail(Venue, { id })).activeOpenkjSystemId;

it("finds a customer's system by its number in OpenKJ", async () => {
  const system = await create(manager(), System, { openkjSystemId: 7 });
  const other = await create(manager(), System, { openkjSystemId: 7 });
  await expect(systems().findByOpenkjId(system.customerProfileId, 7)).resolves.toMatchObject({
    id: system.id,
  });
  await expect(systems().findByOpenkjId(other.customerProfileId, 7)).resolves.toMatchObject({
    id: other.id,
  });
  await expect(systems().findByOpenkjId(system.customerProfileId, 8)).resolves.toBeNull();
});

it.each([1.5, 2 ** 31, -1, Number.NaN])('finds no system %d', async (number) => {
  const { customerProfileId } = await create(manager(), System);
  await expect(systems().findByOpenkjId(customerProfileId, number)).resolves.toBeNull();
  await expect(systems().findByOpenkjId('x', 1)).resolves.toBeNull();
});

describe('adding a system', () => {
  it('gives it the lowest free number', async () => {
    const made = [await createOwn(), await createOwn({ openkjSystemId: 3 }), await createOwn()];
    expect(made.map(({ openkjSystemId }) => openkjSystemId)).toEqual([1, 3, 2]);
    await service().remove(made[0]!.id);
    await expect(createOwn()).resolves.toMatchObject({ openkjSystemId: 1 });
    await expect(createOwn()).resolves.toMatchObject({ openkjSystemId: 4 });
  });

  it('keeps its settings', async () => {
    const configuration = { region: 'north' };
    const system = await service().create({ customerProfileId, name: 'Laptop', configuration });
    expect(system).toBeInstanceOf(System);
    expect(system).toMatchObject({ name: 'Laptop', configuration });
    await expect(createOwn()).resolves.toMatchObject({ configuration: {} });
  });

  it('refuses taken and invalid numbers', async () => {
    await createOwn({ openkjSystemId: 7 });
    await expect(createOwn({ openkjSystemId: 7 })).rejects.toMatchObject({
      code: 'SYSTEM_NUMBER_TAKEN',
      openkjSystemId: 7,
    });
    for (const openkjSystemId of [1.5, 2 ** 31, -1]) {
      await expect(createOwn({ openkjSystemId })).rejects.toMatchObject({
        code: 'INVALID_SYSTEM_NUMBER',
      });
    }
    for (const unknown of [randomUUID(), 'x']) {
      await expect(
        service().create({ customerProfileId: unknown, name: 'Laptop' }),
      ).rejects.toMatchObject({ code: 'CUSTOMER_PROFILE_NOT_FOUND' });
    }
    await expect(service().create({ customerProfileId, name: 'A\0' })).rejects.toMatchObject({
      code: 'INVALID_TEXT',
    });
    expect(await systems().countBy({ customerProfileId })).toBe(1);
  });

  describeOnServer('concurrently', () => {
    it('gives each system a different number', async () => {
      const made = await Promise.all(atOnce(10, () => createOwn()));
      const numbers = made.map(({ openkjSystemId }) => openkjSystemId).sort((a, b) => a - b);
      expect(numbers).toEqual(Array.from({ length: 10 }, (_, index) => index + 1));
    });

    it('gives a requested number to one system', async () => {
      const { values, codes } = await outcomes(atOnce(8, () => createOwn({ openkjSystemId: 7 })));
      expect(values).toHaveLength(1);
      expect(codes).toEqual(Array(7).fill('SYSTEM_NUMBER_TAKEN'));
    });
  });
});

describe('renaming a system', () => {
  it('changes only the name', async () => {
    const system = await createOwn();
    const renamed = await service().rename(system.id, 'Desktop');
    expect(renamed).toMatchObject({ ...system, name: 'Desktop', updatedAt: expect.any(Date) });
  });

  it('refuses an unknown system, and a text that cannot be stored', async () => {
    const { id } = await createOwn();
    for (const unknown of [randomUUID(), 'x']) {
      await expect(service().rename(unknown, 'Desktop')).rejects.toMatchObject({
        code: 'SYSTEM_NOT_FOUND',
      });
    }
    await expect(service().rename(id, '\0')).rejects.toMatchObject({ code: 'INVALID_TEXT' });
  });
});

describe('the active system of a venue', () => {
  it('is a system of the customer, or none', async () => {
    const [venue, system] = [await venueOf(), await createOwn({ openkjSystemId: 2 })];
    await expect(systems().findActive(venue.id)).resolves.toBeNull();
    await expect(service().setActive(venue.id, 2)).resolves.toBe(true);
    await expect(service().setActive(venue.id, 2)).resolves.toBe(false);
    await expect(systems().findActive(venue.id)).resolves.toEqual(system);
    await expect(service().setActive(venue.id, null)).resolves.toBe(true);
    await expect(service().setActive(venue.id, null)).resolves.toBe(false);
    await expect(systems().findActive(venue.id)).resolves.toBeNull();
  });

  it('cannot be another customer’s or an unknown system', async () => {
    const venue = await venueOf();
    const { openkjSystemId } = await create(manager(), System, { openkjSystemId: 9 });
    for (const number of [openkjSystemId, 2 ** 31, 1.5]) {
      await expect(service().setActive(venue.id, number)).rejects.toMatchObject({
        code: 'SYSTEM_NOT_FOUND',
      });
    }
    for (const unknown of [randomUUID(), 'x']) {
      await expect(service().setActive(unknown, null)).rejects.toMatchObject({
        code: 'VENUE_NOT_FOUND',
      });
      await expect(systems().findActive(unknown)).resolves.toBeNull();
    }
    expect(await activeAt(venue)).toBeNull();
  });
});

describe('removing a system', () => {
  const upload = (openkjSystemId: number, ...titles: string[]) =>
    catalogues().import(
      titles.map((title) => ({ artist: 'Queen', title })),
      { customerProfileId, openkjSystemId },
    );

  it('deletes its songs, and clears the venues where it is active', async () => {
    const [system, other] = [await createOwn(), await createOwn()];
    await upload(1, 'One', 'Two');
    await upload(2, 'Three');
    const [here, there, foreign] = [await venueOf(), await venueOf(), await venueOf()];
    await service().setActive(here.id, 1);
    await service().setActive(there.id, 2);
    const elsewhere = await create(manager(), System, { openkjSystemId: 1 });
    const theirs = await venueOf(elsewhere.customerProfileId);
    await service().setActive(theirs.id, 1);

    const actor = { name: 'host' };
    await expect(ActorContext.run(actor, () => service().remove(system.id))).resolves.toBe(2);

    const left = await systems().findBy({ customerProfileId });
    expect(left.map(({ id }) => id)).toEqual([other.id]);
    const songs = await manager().findBy(SongDb, { customerProfileId });
    expect(songs.map(({ title }) => title)).toEqual(['Three']);
    expect(await Promise.all([here, there, foreign, theirs].map(activeAt))).toEqual([
      null,
      2,
      null,
      1,
    ]);
    const entries = await database.query(
      `SELECT table_name, count(*)::int AS count FROM audit_logs WHERE actor_name = 'host'
       GROUP BY table_name ORDER BY table_name`,
    );
    expect(entries).toEqual([
      { table_name: 'songdb', count: 2 },
      { table_name: 'systems', count: 1 },
      { table_name: 'venues', count: 1 },
    ]);
  });

  it('refuses an unknown system', async () => {
    for (const unknown of [randomUUID(), 'x']) {
      await expect(service().remove(unknown)).rejects.toMatchObject({ code: 'SYSTEM_NOT_FOUND' });
    }
  });

  describeOnServer('concurrently', () => {
    it('happens once', async () => {
      const { id } = await createOwn();
      await upload(1, 'One');
      const { values, codes } = await outcomes(atOnce(6, () => service().remove(id)));
      expect(values).toEqual([1]);
      expect(codes).toEqual(Array(5).fill('SYSTEM_NOT_FOUND'));
    });

    const locked = (id: string) => ({
      lock: 'SELECT FROM systems WHERE systems_id = $1 FOR UPDATE',
      parameters: [id],
    });

    it('leaves the system active at no venue, whether it is made active before or after', async () => {
      for (const isFirst of [true, false]) {
        const [venue, { id, openkjSystemId }] = [await venueOf(), await createOwn()];
        const work = [
          () => service().remove(id),
          () => service().setActive(venue.id, openkjSystemId),
        ];
        if (!isFirst) work.reverse();
        const results = await inTurn(database, locked(id), ...work);
        expect(results.map(({ status }) => status)).toEqual([
          'fulfilled',
          isFirst ? 'rejected' : 'fulfilled',
        ]);
        expect(await activeAt(venue)).toBeNull();
      }
    });

    it('waits for an import of its catalogue, up to a time limit', async () => {
      const { id } = await createOwn();
      const [uploaded, seen] = [new Signal(), new Signal()];
      const importing = services.dataSource.transaction(async () => {
        await upload(1, 'One');
        uploaded.give();
        await seen.given;
      });
      await uploaded.given;
      await expect(service().remove(id, { patienceMs: 100 })).rejects.toMatchObject({
        code: 'CATALOGUE_BUSY',
      });
      seen.give();
      await importing;
      await expect(service().remove(id)).resolves.toBe(1);
    });
  });
});
