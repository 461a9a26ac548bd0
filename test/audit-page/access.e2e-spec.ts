import { ActorContext, CustomerProfile, User, Venue } from '@singr/database';
import { useDatabase } from '../support/database.js';
import { createCustomerProfile, createUser, createVenue } from '../support/fixtures.js';
import { ann } from '../support/people.js';
import type { TestApp } from '../support/test-app.js';
import { caller, createPageApp } from './page-app.js';
import { accesses } from './page-options.js';

const database = useDatabase();
let app: TestApp;
let owner: User;
let mine: Venue;
let theirs: Venue;
let moved: Venue;
let deleted: Venue;
let others: CustomerProfile;

/** Everything that answers with data, as a customer asks who owns `mine` and owned `deleted`. */
const customer = () => caller(app, owner.id, 'customer');
const tenant = () => caller(app, owner.id, 'tenant');
const admin = () => caller(app, ann);
const as = <T>(work: () => Promise<T>) => ActorContext.run({ userId: owner.id }, work);
const update = (venue: Venue, fields: Partial<Venue>) =>
  as(() => app.dataSource.getRepository(Venue).update({ id: venue.id }, fields));

beforeAll(async () => {
  app = await createPageApp(database);
  const { manager } = app.dataSource;
  owner = await ActorContext.run({ userId: ann }, () =>
    createUser(manager, { name: 'Olga Owner', email: 'olga@example.com' }),
  );
  await as(async () => {
    const profile = await createCustomerProfile(manager, { userId: owner.id });
    others = await createCustomerProfile(manager, { legalBusinessName: 'Secret Rival Ltd' });
    const own = { customerProfileId: profile.id };
    const rival = { customerProfileId: others.id };
    mine = await createVenue(manager, { name: 'Blue Parrot', ...own });
    theirs = await createVenue(manager, { name: 'Blue Rival', ...rival });
    moved = await createVenue(manager, { name: 'Blue Moved Before', ...own });
    deleted = await createVenue(manager, { name: 'Blue Gone', ...own });
    accesses['customer'] = () => ({
      read: [{ table: Venue, where: { customerProfileId: profile.id } }],
      undo: true,
    });
    accesses['tenant'] = () => ({ read: true, undo: true, tenant: profile.id });
  });
  await update(mine, { city: 'Memphis' });
  await update(theirs, { city: 'Rivaltown' });
  await update(moved, { customerProfileId: others.id });
  await update(moved, { name: 'Blue Moved After' });
  await as(() => app.dataSource.getRepository(Venue).delete({ id: deleted.id }));
});

const labels = (records: { label: string }[]) => records.map(({ label }) => label).sort();

describe.each([
  ['rows with a value', customer],
  ['a tenant', tenant],
])('a viewer of %s', (_, viewer) => {
  it('finds its own records and those it deleted, and no others', async () => {
    const found = await viewer().get('records?text=blue');
    expect(labels(found.body.records)).toEqual(['Blue Gone', 'Blue Parrot']);
    const recent = await viewer().get('records?table=venues');
    expect(labels(recent.body.records)).toEqual(
      expect.arrayContaining(['Blue Gone', 'Blue Parrot']),
    );
    for (const text of ['Rival', 'Rivaltown', 'Moved After', theirs.id]) {
      expect((await viewer().get(`records?text=${text}`)).body.records).toEqual([]);
    }
  });

  it('reads its own records, and gets 404 for the others as for those that do not exist', async () => {
    const { body } = await viewer().get(`records/venues/${mine.id}`);
    expect(body).toMatchObject({ label: 'Blue Parrot', deleted: false });
    expect((await viewer().get(`records/venues/${deleted.id}`)).body).toMatchObject({
      label: 'Blue Gone',
      deleted: true,
    });
    const { body: none } = await viewer().get(`records/venues/${ann}`);
    for (const id of [theirs.id, moved.id]) {
      const refused = await viewer().get(`records/venues/${id}`);
      expect([refused.status, refused.body]).toEqual([404, none]);
      const at = await viewer().get(`records/venues/${id}/at?moment=2100-01-01T00:00:00Z`);
      expect(at.status).toBe(404);
    }
  });

  it('reads and exports entries of its own rows only', async () => {
    for (const path of ['entries?limit=200', 'entries/export?format=ndjson']) {
      const { body } = await viewer().get(path);
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      expect(text).toContain('Blue Parrot');
      expect(text).toContain('Blue Gone');
      expect(text).not.toMatch(/Rival|Moved After/);
    }
    expect((await viewer().get(`entries?table=venues&id=${theirs.id}`)).body.entries).toEqual([]);
  });

  it('undoes changes of its own rows only, one by one or whole transactions', async () => {
    const entryOf = async (venue: Venue, operation = 'UPDATE') =>
      (await admin().get(`entries?table=venues&id=${venue.id}&operation=${operation}`)).body
        .entries[0];
    const foreign = [await entryOf(theirs), await entryOf(moved)];
    for (const { sequence, transactionId } of foreign) {
      for (const body of [{ sequence }, { transaction: transactionId }]) {
        const refused = await viewer().post('undo', { ...body, dryRun: true });
        expect(refused.status).toBe(404);
        expect(JSON.stringify(refused.body)).not.toMatch(/Rival|Moved/);
      }
    }
    const restored = { table: 'venues', id: theirs.id, moment: '2100-01-01T00:00:00Z' };
    expect((await viewer().post('restore', restored)).status).toBe(404);
    const own = await entryOf(mine);
    const { body } = await viewer().post('undo', { sequence: own.sequence, dryRun: true });
    expect(body.steps).toMatchObject([{ action: 'update', label: 'Blue Parrot' }]);
    // It could delete rows that refer to the record.
    const forced = await viewer().post('undo', { sequence: own.sequence, force: true });
    expect(forced.body).toMatchObject({ statusCode: 403, code: 'AUDIT_UNDO_DENIED' });
    const group = { tables: ['venues'], moment: own.at, dryRun: true };
    expect((await viewer().post('restore-group', group)).status).toBe(403);
  });

  it('does not name records of others that conflict with an undo', async () => {
    const insertion = (await admin().get(`entries?table=venues&id=${mine.id}&operation=INSERT`))
      .body.entries[0];
    const refused = await viewer().post('undo', { sequence: insertion.sequence, dryRun: true });
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({ code: 'UNDO_CONFLICT', conflictsTotal: 1 });
    expect(JSON.stringify(refused.body)).not.toMatch(/Rival/);
  });
});

it('shows a tenant no state of a record from before it was the tenant’s', async () => {
  const arrived = await as(() =>
    createVenue(app.dataSource.manager, { name: 'Rival Before', customerProfileId: others.id }),
  );
  const entry = async () =>
    (await admin().get(`entries?table=venues&id=${arrived.id}`)).body.entries[0];
  const before = await entry();
  await update(arrived, { customerProfileId: mine.customerProfileId, name: 'Arrived' });
  const path = `records/venues/${arrived.id}`;
  for (const viewer of [customer(), tenant()]) {
    const { body: shown } = await viewer.get(path);
    expect(shown).toMatchObject({ label: 'Arrived', deleted: false });
    const { records } = (await viewer.get('records?text=Arrived')).body;
    expect(labels(records)).toEqual(['Arrived']);
    for (const moment of [before.at, before.sequence]) {
      expect((await viewer.get(`${path}/at?moment=${moment}`)).status).toBe(404);
      const body = { table: 'venues', id: arrived.id, moment, dryRun: true };
      expect((await viewer.post('restore', body)).status).toBe(404);
    }
    expect((await viewer.get(`${path}/at?moment=2100-01-01T00:00:00Z`)).status).toBe(200);
  }
});

it('finds a record by no value that it had when it was somebody else’s', async () => {
  const found = await customer().get('records?text=Rival%20Before');
  expect(found.body.records).toEqual([]);
});

it('shows the address of an actor’s client only to those who may read everything', async () => {
  await ActorContext.run({ userId: ann }, { ip: '192.0.2.7', ticket: '4711' }, () =>
    app.dataSource.getRepository(Venue).update({ id: mine.id }, { city: 'Traced' }),
  );
  const contextFor = async (viewer: ReturnType<typeof caller>) =>
    (await viewer.get(`entries?table=venues&id=${mine.id}`)).body.entries[0].context;
  expect(await contextFor(admin())).toEqual({ ip: '192.0.2.7', ticket: '4711' });
  expect(await contextFor(customer())).toEqual({ ticket: '4711' });
  expect(await contextFor(tenant())).toEqual({ ticket: '4711' });
});

describe('what a viewer learns besides', () => {
  it('has no label of a record that it may not read', async () => {
    const field = (body: any) =>
      body.fields.find(({ column }: { column: string }) => column === 'customer_profiles_id');
    const all = await admin().get(`records/venues/${theirs.id}`);
    expect(field(all.body)).toMatchObject({ label: 'Secret Rival Ltd' });
    const own = await customer().get(`records/venues/${mine.id}`);
    expect(field(own.body)).toMatchObject({ label: null });
    const { tables } = (await customer().get('session')).body;
    expect(tables).toMatchObject([{ table: 'venues' }]);
    expect(JSON.stringify(tables)).not.toContain('"references":{');
  });

  it('has the names of those who acted, and addresses only of persons that it may read', async () => {
    const actor = async (viewer: ReturnType<typeof caller>) =>
      (await viewer.get(`entries?table=venues&id=${mine.id}&actor=${owner.id}`)).body.entries[0]
        .actor;
    expect(await actor(admin())).toMatchObject({ name: 'Olga Owner', email: 'olga@example.com' });
    expect(await actor(customer())).toMatchObject({ name: 'Olga Owner', email: null });
    await as(() => createUser(app.dataSource.manager, { name: 'Nobody Seen' }));
    expect((await admin().get('people?text=nobody')).body.people).toHaveLength(1);
    expect((await customer().get('people?text=nobody')).body.people).toEqual([]);
    expect((await customer().get('people?text=olga')).body.people).toMatchObject([
      { id: owner.id, email: null },
    ]);
    expect((await customer().get('people?text=example.com')).body.people).toEqual([]);
  });

  it('never finds or shows a redacted value', async () => {
    const secret = 'hash-of-olga';
    await as(() =>
      app.dataSource.getRepository(User).update({ id: owner.id }, { passwordHash: secret }),
    );
    for (const text of [secret, 'redacted']) {
      expect((await admin().get(`records?text=${text}`)).body.records).toEqual([]);
    }
    const { body } = await admin().get(`records/users/${owner.id}`);
    expect(JSON.stringify(body)).not.toContain(secret);
    const field = body.fields.find((one: { column: string }) => one.column === 'password_hash');
    expect(field).toMatchObject({ value: '[redacted]', redacted: true, set: expect.anything() });
    const { body: file } = await admin().get('entries/export?format=csv&table=users');
    expect(file).not.toContain(secret);
  });

  it.each([
    ['a table that it may not read', 'entries?table=users'],
    ['a table that does not exist', 'entries?table=nothing'],
    ['records of a table that it may not read', 'records?table=users&text=olga'],
    ['a record of a table that it may not read', `records/users/${ann}`],
    ['an export of a table that it may not read', 'entries/export?format=csv&table=users'],
  ])('gets 404 for %s', async (_, path) => {
    expect((await customer().get(path)).status).toBe(404);
  });
});

describe('access that the application does not give', () => {
  it.each(['nothing', 'noTables', 'unknown'])('is refused: %s', async (access) => {
    for (const path of ['session', 'entries', 'records', 'people?text=x']) {
      expect((await caller(app, ann, access).get(path)).body).toMatchObject({
        statusCode: 403,
        code: 'AUDIT_ACCESS_DENIED',
      });
    }
  });

  it('is refused when a condition has no value', async () => {
    accesses['missing'] = () => ({
      read: [{ table: Venue, where: { customerProfileId: undefined as never } }],
    });
    accesses['empty'] = () => ({ read: [{ table: Venue, where: {} }] });
    accesses['nullTenant'] = () => ({ read: true, tenant: null as never });
    for (const access of ['missing', 'empty', 'nullTenant']) {
      for (const path of ['entries', 'records?text=blue', `records/venues/${mine.id}`]) {
        const { status, body } = await caller(app, ann, access).get(path);
        expect(status).toBeGreaterThanOrEqual(400);
        expect(JSON.stringify(body)).not.toContain('Blue');
      }
    }
  });

  it('is refused to a reader who would undo, and to a form of another site', async () => {
    const body = { sequence: '1' };
    expect((await caller(app, ann, 'reader').post('undo', body)).body).toMatchObject({
      code: 'AUDIT_UNDO_DENIED',
    });
    const forged: Record<string, string>[] = [
      { 'x-audit-page': '' },
      { 'content-type': 'text/plain' },
      { 'content-type': 'application/x-www-form-urlencoded' },
    ];
    for (const headers of forged) {
      const { body: answer } = await admin().post('undo', body, headers);
      expect(answer).toMatchObject({ statusCode: 403, code: 'AUDIT_PAGE_HEADER_MISSING' });
    }
  });
});
