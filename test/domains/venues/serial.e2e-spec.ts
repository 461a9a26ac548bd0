import {
  AuditService,
  type CustomerProfile,
  RequestService,
  State,
  StateRepository,
  type Venue,
  VenueService,
} from '@singr/database';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { createCustomerProfile, createVenue } from '../../support/fixtures.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';

const song = { artist: 'Dolly Parton', title: 'Jolene' };

/** OpenKJ polls the serial, and fetches venues and requests when it differs from the last one. */
describe('the serial', () => {
  const database = useDatabase();
  let app: TestApp;
  let states: StateRepository;
  let venueService: VenueService;
  let requests: RequestService;
  let audit: AuditService;
  let customer: CustomerProfile;
  let venue: Venue;
  let number = 0;

  beforeAll(async () => {
    app = await createTestApp(database);
    states = app.get(StateRepository);
    venueService = app.get(VenueService);
    requests = app.get(RequestService);
    audit = app.get(AuditService);
  });

  beforeEach(async () => {
    customer = await createCustomerProfile(app.dataSource.manager);
    venue = await createVenue(app.dataSource.manager, { customerProfileId: customer.id });
  });

  const serial = () => states.currentSerial(customer.id);
  const store = (value: string) =>
    app.dataSource.getRepository(State).save({ customerProfileId: customer.id, serial: value });
  const addVenue = () =>
    venueService.create({
      customerProfileId: customer.id,
      name: 'Joe’s Bar',
      address: '1 Main St',
      city: 'Nashville',
      state: 'TN',
      postalCode: '37201',
    });
  const submit = async () => (await requests.submit({ ...song, venueId: venue.id })).request.id;

  it('is 1 for a customer that has none, and 2 after the first change', async () => {
    expect(await serial()).toBe(1);
    expect(await states.moveSerial(customer.id)).toBe(2);
    expect(await serial()).toBe(2);
  });

  /** The preparation of the change, and the change. */
  const changes: readonly [string, () => Promise<() => Promise<unknown>>][] = [
    ['a venue is created', async () => addVenue],
    ['a venue is closed', async () => () => venueService.close(venue.id)],
    [
      'a venue is opened',
      async () => {
        await venueService.close(venue.id);
        return () => venueService.open(venue.id);
      },
    ],
    ['a venue is renamed', async () => () => venueService.update(venue.id, { name: 'Joe’s' })],
    [
      'a venue gets another URL name',
      async () => () => venueService.update(venue.id, { urlName: `joes-${++number}` }),
    ],
    [
      'a venue gets another number',
      async () => () => venueService.update(venue.id, { openkjVenueId: 77 }),
    ],
    ['a venue is removed', async () => () => venueService.remove(venue.id)],
    ['a request is submitted', async () => submit],
    [
      'a request is processed',
      async () => {
        const id = await submit();
        return () => requests.process(venue.id, id);
      },
    ],
    [
      'a request is removed',
      async () => {
        const id = await submit();
        return () => requests.remove(venue.id, id);
      },
    ],
    [
      'a request is put back',
      async () => {
        const id = await submit();
        await requests.process(venue.id, id);
        return () => requests.reopen(venue.id, id);
      },
    ],
    [
      'a queue is cleared',
      async () => {
        await submit();
        await submit();
        return () => requests.clear(venue.id);
      },
    ],
  ];

  describe.each(changes)('when %s', (_, prepare) => {
    it('increases by one, in the same transaction', async () => {
      const change = await prepare();
      const before = await serial();
      const failure = new Error('later');
      const failing = app.dataSource.transaction(async () => {
        await change();
        throw failure;
      });
      await expect(failing).rejects.toBe(failure);
      expect(await serial()).toBe(before);
      await change();
      expect(await serial()).toBe(before + 1);
    });

    it('increases again when that is undone', async () => {
      const change = await prepare();
      await change();
      const before = await serial();
      await audit.undoTransaction(await lastTransaction());
      expect(await serial()).toBe(before + 1);
    });
  });

  /** Writes without the services do not increment it, but their undo does. */
  it.each<[string, () => Promise<unknown>]>([
    ['renamed', () => venues().update({ id: venue.id }, { name: 'The Other Bar' })],
    ['given another URL name', () => venues().update({ id: venue.id }, { urlName: venue.id })],
    ['deleted', () => venues().delete({ id: venue.id })],
  ])('increases with the undo of a venue that is %s by ordinary TypeORM', async (_, write) => {
    await states.moveSerial(customer.id);
    const before = await serial();
    await write();
    expect(await serial()).toBe(before);
    await audit.undoTransaction(await lastTransaction());
    expect(await serial()).toBe(before + 1);
  });

  it('increases with ordinary writes whose transaction calls moveSerial(), and not when that fails', async () => {
    const rename = (name: string) =>
      app.dataSource.transaction(async (manager) => {
        await manager.getRepository('Venue').update({ id: venue.id }, { name });
        await states.moveSerial(customer.id);
        if (name === '') throw new Error('a venue needs a name');
      });
    await rename('The Other Bar');
    expect(await serial()).toBe(2);
    await expect(rename('')).rejects.toThrow('a venue needs a name');
    expect(await serial()).toBe(2);
  });

  it('does not change when nothing changes', async () => {
    const id = await submit();
    await requests.process(venue.id, id);
    const before = await serial();
    await venueService.open(venue.id);
    await venueService.update(venue.id, { name: venue.name, city: 'Memphis' });
    await requests.process(venue.id, id);
    await requests.clear(venue.id);
    await expect(requests.submit({ ...song, title: '', venueId: venue.id })).rejects.toThrow();
    expect(await serial()).toBe(before);
  });

  it('is separate for each customer', async () => {
    const other = await createCustomerProfile(app.dataSource.manager);
    await submit();
    expect(await states.currentSerial(other.id)).toBe(1);
  });

  // OpenKJ reads a number of more than 31 bits as 0, and treats 0 as a failure.
  it.each([
    ['0', 2147483647, 1],
    ['2147483646', 2147483646, 2147483647],
    ['2147483647', 2147483647, 1],
    ['2147483648', 1, 2],
    ['4294967294', 2147483647, 1],
    ['9007199254740993', 4194305, 4194306],
    ['9223372036854775806', 2147483647, 1],
    ['-1', 2147483646, 2147483647],
    ['-9223372036854775808', 2147483645, 2147483646],
  ])('is a number that OpenKJ can read when the column has %s', async (stored, told, next) => {
    await store(stored);
    expect(await serial()).toBe(told);
    expect(await states.moveSerial(customer.id)).toBe(next);
    expect(await serial()).toBe(next);
    const state = await states.findOneByOrFail({ customerProfileId: customer.id });
    expect(state.serial).toBe(String(BigInt(stored) + 1n));
  });

  it('continues after its greatest number', async () => {
    await store('2147483647');
    await venueService.close(venue.id);
    expect(await serial()).toBe(1);
    expect((await requests.clear(venue.id)).serial).toBeNull();
    expect((await venueService.open(venue.id)).serial).toBe(2);
  });

  describeOnServer('concurrently', () => {
    it('never announces a change that is not visible yet', async () => {
      const reader = await database.connect();
      let isDone = false;
      const unseen: number[] = [];
      const watch = async () => {
        while (!isDone) {
          const told = await serial();
          const { rows } = await reader.query<{ count: number }>(
            'SELECT count(*)::int FROM requests WHERE venues_id = $1',
            [venue.id],
          );
          // Each request increments the serial by one, from 1.
          if (rows[0]!.count < told - 1) unseen.push(told);
        }
      };
      const watching = watch();
      await Promise.all(Array.from({ length: 50 }, submit));
      isDone = true;
      await watching;
      expect(unseen).toEqual([]);
      expect(await serial()).toBe(51);
    });

    it('waits for the transaction that incremented it before', async () => {
      const first = await database.connect();
      await states.moveSerial(customer.id);
      await first.query('BEGIN');
      await first.query('UPDATE state SET serial = serial + 1 WHERE customer_profiles_id = $1', [
        customer.id,
      ]);
      let hasMoved = false;
      const second = states.moveSerial(customer.id).then((moved) => {
        hasMoved = true;
        return moved;
      });
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(hasMoved).toBe(false);
      expect(await serial()).toBe(2);
      await first.query('COMMIT');
      expect(await second).toBe(4);
    });
  });

  const venues = () => app.dataSource.getRepository<Venue>('Venue');

  async function lastTransaction(): Promise<string> {
    const [{ id }] = await database.query(
      'SELECT transaction_id::text AS id FROM audit_logs ORDER BY sequence DESC LIMIT 1',
    );
    return id;
  }
});
