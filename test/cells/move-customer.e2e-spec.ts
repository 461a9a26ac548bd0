import {
  ActorContext,
  ApiKeyService,
  AuditService,
  BrandingProfile,
  CustomerMoveError,
  moveCustomer,
  OrganizationUser,
  PasswordService,
  Request,
  RequestService,
  SeedModule,
  SeedService,
  SingerFavoriteVenue,
  SongCatalogueService,
  SongDb,
  User,
  Venue,
  VenueService,
  type AuditEntry,
} from '@singr/database';
import { create } from '@singr/database/testing';
import { isolateTable, unisolateTable } from '@singr/database/migrations';
import { failure } from '../support/scripted-app.js';
import { describeOnServer, useDatabase, type TestDatabase } from '../support/database.js';
import { createCustomerProfile, createUser, createVenue } from '../support/fixtures.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

/** Gives the sequences of a cell the numbers from `cell` × 10^12. */
const numbersOf = (cell: number) =>
  ['requests_requests_id_seq', 'songdb_songdb_id_seq', 'audit.entry_numbers']
    .map((sequence) => `ALTER SEQUENCE ${sequence} RESTART WITH ${cell}000000000001`)
    .join('; ');

/** What of an entry is the same in every cell: all but its number. */
const lasting = ({ sequence: _sequence, undoes: _undoes, ...entry }: AuditEntry) => entry;

describe('a customer who moves to another cell', () => {
  const [first, second] = [useDatabase(), useDatabase()];
  let source: TestApp | undefined;
  let target: TestApp | undefined;
  let customerProfileId: string;
  let owner: User;
  let venue: Venue;
  let deletedVenue: Venue;
  let other: string;

  beforeAll(async () => {
    source = await cell(first, 1);
    await evening();
    // @Transactional() of a service outside a request needs one running database.
    target = await cell(second, 2);
  });

  async function cell(database: TestDatabase, number: number): Promise<TestApp> {
    await database.query(numbersOf(number));
    const app = await createTestApp(database, { imports: [SeedModule] });
    await app.get(SeedService).run({ demo: false });
    return app;
  }

  /** Gives the customer rows in every domain, and a history of each kind. */
  async function evening(): Promise<void> {
    const { manager } = source!.dataSource;
    owner = await createUser(manager, { email: 'rosa@example.com' });
    await source!.get(PasswordService).setPassword(owner.id, 'correct horse battery staple');
    await ActorContext.run({ userId: owner.id }, async () => {
      ({ id: customerProfileId } = await createCustomerProfile(manager, { userId: owner.id }));
      venue = await createVenue(manager, { customerProfileId, acceptingRequests: true });
      deletedVenue = await createVenue(manager, { customerProfileId });
      await create(manager, Request, { venueId: deletedVenue.id });
      await source!.get(VenueService).remove(deletedVenue.id);
      await source!.get(SongCatalogueService).import(
        [
          { artist: 'Queen', title: 'Innuendo' },
          { artist: 'ABBA', title: 'S.O.S' },
        ],
        { customerProfileId, openkjSystemId: 1 },
      );
      await source!.get(ApiKeyService).issue({ customerProfileId, description: 'OpenKJ' });
      await create(manager, BrandingProfile, { ownerId: customerProfileId });
      await create(manager, SingerFavoriteVenue, { venueId: venue.id });
      await create(manager, OrganizationUser, { customerProfileId });
    });
    await source!
      .get(RequestService)
      .submit({ venueId: venue.id, singerName: 'Ann', artist: 'Queen', title: 'Innuendo' });
    const renamed = await manager.save(Object.assign(venue, { name: 'Another name' }));
    const trail = source!.get(AuditService);
    const [entry] = (await trail.history({ entity: Venue, id: renamed.id, limit: 1 })).entries;
    await trail.undo(entry!.sequence);
    other = (await createVenue(manager)).customerProfileId;
  }

  const entriesOf = async (app: TestApp, { id }: Venue) =>
    (await app.get(AuditService).history({ entity: Venue, id })).entries.map(lasting);
  const songs = (app: TestApp, customer: string) =>
    app.dataSource.getRepository(SongDb).countBy({ customerProfileId: customer });

  it('is not moved where the cells count alike, and nothing changes', async () => {
    await second.query(numbersOf(1));
    const error = await failure(
      moveCustomer(source!.dataSource, target!.dataSource, customerProfileId),
    );
    expect(error).toBeInstanceOf(CustomerMoveError);
    expect(error.message).toMatch('the target counts');
    await second.query(numbersOf(2));
    expect(await songs(source!, customerProfileId)).toBe(2);
  });

  it('is not moved where the address of a user is taken, and nothing changes', async () => {
    const namesake = await createUser(target!.dataSource.manager, { email: 'rosa@example.com' });
    const error = await failure(
      moveCustomer(source!.dataSource, target!.dataSource, customerProfileId),
    );
    expect(error).toBeInstanceOf(CustomerMoveError);
    expect(error.message).toMatch('users');
    await target!.dataSource.manager.remove(namesake);
    expect(await songs(target!, customerProfileId)).toBe(0);
  });

  it('is not moved to where nothing isolates its rows from other tenants, if they are isolated in the source', async () => {
    const { dataSource } = source!;
    await dataSource.transaction(({ queryRunner }) => isolateTable(queryRunner!, 'venues'));
    try {
      const refused = await failure(
        moveCustomer(dataSource, target!.dataSource, customerProfileId),
      );
      expect(refused).toBeInstanceOf(CustomerMoveError);
      expect(refused.message).toMatch(/the tenants of venues are isolated in the source/);
      expect(await target!.dataSource.getRepository(Venue).count()).toBe(0);
    } finally {
      await dataSource.transaction(({ queryRunner }) => unisolateTable(queryRunner!, 'venues'));
    }
  });

  it('stays in the source when the directory cannot be changed, and is compared before the second try', async () => {
    const move = () =>
      moveCustomer(source!.dataSource, target!.dataSource, customerProfileId, {
        onCopied: () => {
          throw new Error('the directory is away');
        },
      });
    await expect(move()).rejects.toThrow('the directory is away');
    expect(await songs(source!, customerProfileId)).toBe(2);
    expect(await songs(target!, customerProfileId)).toBe(2);

    await source!.dataSource.getRepository(Venue).update(venue.id, { city: 'Elsewhere' });
    await expect(move()).rejects.toMatchObject({ code: 'CUSTOMER_COPY_DIFFERS' });
    // Without the triggers, so that the trail of the target has no deletion.
    const tables = (
      await second.query<{ name: string }>(
        `SELECT table_name AS name FROM audit.audited_tables
       WHERE table_name NOT IN ('users', 'roles', 'permissions', 'role_permissions')`,
      )
    ).map(({ name }) => `DELETE FROM ${name}`);
    await second.query(
      `BEGIN; SET LOCAL session_replication_role = replica; ${tables.join('; ')}; COMMIT`,
    );
  });

  it('takes all rows and the whole trail along, and leaves nothing but shared rows and the trail', async () => {
    const before = await entriesOf(source!, venue);
    const deleted = await entriesOf(source!, deletedVenue);
    const moved = await moveCustomer(source!.dataSource, target!.dataSource, customerProfileId);

    expect(moved.rows).toMatchObject({
      customer_profiles: 1,
      venues: 1,
      songdb: 2,
      requests: 1,
      api_keys: 1,
      branding_profiles: 1,
      singer_favorite_venues: 1,
      state: 1,
    });
    expect(await entriesOf(target!, venue)).toEqual(before);
    expect(await entriesOf(target!, deletedVenue)).toEqual(deleted);
    expect(deleted.map(({ operation }) => operation)).toEqual(['DELETE', 'INSERT']);
    expect(await songs(source!, customerProfileId)).toBe(0);
    expect(await songs(target!, customerProfileId)).toBe(2);
    expect(await source!.dataSource.getRepository(User).countBy({ id: owner.id })).toBe(1);
    expect(
      await source!.dataSource.getRepository(Venue).countBy({ customerProfileId: other }),
    ).toBe(1);
    expect(
      await target!.dataSource.getRepository(Venue).countBy({ customerProfileId: other }),
    ).toBe(0);
  });

  it('goes on in the target: the owner signs in, and what was changed before can be undone', async () => {
    await expect(
      target!.dataSource.transaction(() =>
        target!
          .get(PasswordService)
          .authenticate('rosa@example.com', 'correct horse battery staple'),
      ),
    ).resolves.toMatchObject({ id: owner.id });
    const trail = target!.get(AuditService);
    const { entries } = await trail.history({ entity: Venue, id: venue.id });
    const undo = entries.find(({ undoes }) => undoes !== null);
    const change = entries.find(({ sequence }) => sequence === undo!.undoes);
    expect(change!.after).toMatchObject({ name: 'Another name' });
    await trail.undo(undo!.sequence);
    const { name } = await target!.dataSource
      .getRepository(Venue)
      .findOneByOrFail({ id: venue.id });
    expect(name).toBe('Another name');
    const [newest] = (await trail.history({ entity: Venue, id: venue.id, limit: 1 })).entries;
    expect(BigInt(newest!.sequence)).toBeGreaterThan(BigInt(entries[0]!.sequence));
  });

  it('cannot be moved twice', async () => {
    const error = await failure(
      moveCustomer(source!.dataSource, target!.dataSource, customerProfileId),
    );
    expect(error.message).toMatch('the source has no customer profile');
  });
});

describeOnServer('while a customer is moved', () => {
  const [first, second] = [useDatabase(), useDatabase()];

  it('the customer’s rows can be read and not written, and those of others can be written', async () => {
    await second.query(numbersOf(2));
    const [source, target] = [await createTestApp(first), await createTestApp(second)];
    const [venue, other] = [
      await createVenue(source.dataSource.manager),
      await createVenue(source.dataSource.manager),
    ];
    const client = await first.connect();
    await client.query('SET lock_timeout = 20');
    const submit = `INSERT INTO requests (venues_id, artist, title) VALUES ($1, 'Queen', 'Innuendo')`;
    await moveCustomer(source.dataSource, target.dataSource, venue.customerProfileId, {
      onCopied: async () => {
        for (const write of [submit, `UPDATE venues SET name = 'new' WHERE venues_id = $1`]) {
          expect((await failure(client.query(write, [venue.id]))).code).toBe('55P03');
          await client.query(write, [other.id]);
        }
        const read = await client.query('SELECT FROM venues WHERE venues_id = $1', [venue.id]);
        expect(read.rowCount).toBe(1);
      },
    });
    await source.close();
    await target.close();
  });
});
