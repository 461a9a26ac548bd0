import { ActorContext, User, Venue } from '@singr/database';
import { useDatabase } from '../support/database.js';
import { createCustomerProfile, createUser, createVenue } from '../support/fixtures.js';
import { ann, bob } from '../support/people.js';
import type { TestApp } from '../support/test-app.js';
import { caller, createPageApp } from './page-app.js';

const database = useDatabase();
let app: TestApp;
let owner: User;
let venue: Venue;

const page = () => caller(app, ann);
const as = <T>(userId: string, work: () => Promise<T>, reason?: string) =>
  ActorContext.run({ userId }, { reason }, work);
const update = (fields: Partial<Venue>, by = owner.id, reason?: string) =>
  as(by, () => app.dataSource.getRepository(Venue).update({ id: venue.id }, fields), reason);
const entriesOf = async (query = '') =>
  (await page().get(`entries?table=venues&id=${venue.id}${query}`)).body.entries;

beforeAll(async () => {
  app = await createPageApp(database, {
    entities: {
      Venue: {
        label: 'Bar',
        icon: '🍸',
        title: (image) => `${String(image['name'])} in ${String(image['city'])}`,
        columns: { postalCode: { label: 'ZIP' } },
      },
    },
  });
});

beforeEach(async () => {
  const { manager } = app.dataSource;
  await as(ann, async () => {
    owner = await createUser(manager, { name: 'Olga' });
    const profile = await createCustomerProfile(manager, { userId: owner.id });
    const where = { city: 'Oslo', address: '1 Old Road', customerProfileId: profile.id };
    venue = await createVenue(manager, { name: 'Harbour', ...where });
  });
});

describe('the page', () => {
  it('tells what it shows, with labels and icons of entities', async () => {
    const { status, headers, body } = await page().get('session');
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toMatchObject({
      can: { undo: true },
      tenant: null,
      signIn: '/sign-in',
      links: [{ label: 'Sign out', href: '/sign-out' }],
    });
    const table = body.tables.find((one: { table: string }) => one.table === 'venues');
    expect(table).toMatchObject({ label: 'Bar', icon: '🍸' });
    const columns = new Map<string, object>(
      table.columns.map((column: { column: string }) => [column.column, column]),
    );
    expect(columns.get('postal_code')).toMatchObject({ label: 'ZIP', type: 'text' });
    expect(columns.get('customer_profiles_id')).toMatchObject({
      type: 'uuid',
      references: { table: 'customer_profiles', column: 'customer_profiles_id' },
    });
    expect(columns.get('created_at')).toMatchObject({ type: 'time' });
    const keys = body.tables.find((one: { table: string }) => one.table === 'api_keys');
    expect(keys.columns.find((one: { column: string }) => one.column === 'status')).toMatchObject({
      type: 'enum',
      values: expect.arrayContaining([expect.anything()]),
    });
  });

  it('has the changes of a record, who made them and who undid them', async () => {
    await update({ address: '2 New Road' }, owner.id, 'moved');
    const [entry] = await entriesOf();
    expect(entry).toMatchObject({
      label: 'Harbour in Oslo',
      operation: 'UPDATE',
      actor: { kind: 'user', id: owner.id, name: 'Olga', onBehalfOf: null },
      changes: expect.arrayContaining([
        { column: 'address', from: '1 Old Road', to: '2 New Road', redacted: false },
      ]),
      reason: 'moved',
      undoneBy: null,
    });
    const undone = await page().post('undo', { sequence: entry.sequence, reason: 'wrong' });
    expect(undone.status).toBe(200);
    expect(undone.body).toMatchObject({
      dryRun: false,
      steps: [
        {
          action: 'update',
          id: venue.id,
          changes: expect.arrayContaining([expect.objectContaining({ to: '1 Old Road' })]),
        },
      ],
    });
    const [undo, before] = await entriesOf();
    expect(undo).toMatchObject({
      undoes: entry.sequence,
      reason: 'wrong',
      route: 'POST /audit/api/undo',
      actor: { id: ann },
    });
    expect(before.undoneBy).toMatchObject({ sequence: undo.sequence, actor: { id: ann } });
  });

  it('filters entries, and continues where a page ended', async () => {
    await update({ address: 'a' }, bob, 'by phone');
    await update({ city: 'b' });
    const counts = async (query: string) => (await entriesOf(query)).length;
    expect(await counts('')).toBe(3);
    expect(await counts(`&actor=${bob}`)).toBe(1);
    expect(await counts('&operation=INSERT,DELETE')).toBe(1);
    expect(await counts('&column=city')).toBe(2);
    expect(await counts('&reason=PHONE')).toBe(1);
    const [newest, middle] = await entriesOf();
    expect(await counts(`&transaction=${newest.transactionId}`)).toBe(1);
    expect(await counts(`&from=${newest.at}`)).toBe(1);
    expect(await counts(`&until=${middle.sequence}`)).toBe(1);
    const path = `entries?table=venues&id=${venue.id}&limit=1`;
    const first = (await page().get(path)).body;
    const second = (await page().get(`${path}&cursor=${first.nextCursor}`)).body;
    expect([...first.entries, ...second.entries]).toEqual([newest, middle]);
  });

  it('shows who set each field, labels of references, and the record at a time', async () => {
    await update({ address: '2 New Road' });
    const { body } = await page().get(`records/venues/${venue.id}`);
    const field = (name: string) =>
      body.fields.find(({ column }: { column: string }) => column === name);
    expect(field('address')).toMatchObject({
      value: '2 New Road',
      set: { actor: { name: 'Olga' } },
    });
    expect(field('city').set.actor).toMatchObject({ id: ann });
    expect(field('customer_profiles_id').label).toEqual(expect.any(String));
    const [, insertion] = await entriesOf();
    const at = await page().get(`records/venues/${venue.id}/at?moment=${insertion.sequence}`);
    expect(at.body.fields).toContainEqual({
      column: 'address',
      value: '1 Old Road',
      label: null,
      redacted: false,
    });
    const never = await page().get(`records/venues/${venue.id}/at?moment=2020-01-01T00:00:00Z`);
    expect(never.body).toEqual({ fields: null });
  });

  it.each([
    ['entries?limit=0', /limit/],
    ['entries?nonsense=1', /nonsense/],
    ['entries?column=city', /table/],
    ['entries?from=yesterday', /from/],
    ['entries?table=venues&column=nothing', /nothing/],
    ['entries/export?format=xls', /format/],
    ['records?limit=many', /limit/],
    ['people', /text/],
  ])('refuses wrong input with 400: %s', async (path, message) => {
    const { body } = await page().get(path);
    expect(body).toMatchObject({ statusCode: 400, code: expect.any(String) });
    expect(body.message).toMatch(message);
  });
});

describe('the search', () => {
  it('finds records by any text, by id, and by what they were', async () => {
    const name = crypto.randomUUID().slice(0, 8);
    await update({ website: `https://${name}.example` });
    const found = async (text: string) => {
      const { records, incomplete } = (await page().get(`records?text=${encodeURIComponent(text)}`))
        .body;
      expect(incomplete).toEqual([]);
      return records.filter((record: { id: string }) => record.id === venue.id);
    };
    expect(await found(name.toUpperCase())).toMatchObject([
      { label: 'Harbour in Oslo', deleted: false, matched: { column: 'website' } },
    ]);
    expect(await found(venue.id)).toMatchObject([{ matched: null, last: { operation: 'UPDATE' } }]);
    await update({ website: 'https://other.example/"100%"' });
    expect(await found(name)).toMatchObject([{ matched: { value: `https://${name}.example` } }]);
    expect(await found('"100%"')).toHaveLength(1);
    expect(await found('"100_"')).toHaveLength(0);
    await as(ann, () => app.dataSource.getRepository(Venue).delete({ id: venue.id }));
    expect(await found('other.example/"100')).toMatchObject([
      { deleted: true, last: { operation: 'DELETE' } },
    ]);
  });

  it('finds people by name, and programs', async () => {
    expect((await page().get('people?text=OLG')).body.people).toContainEqual(
      expect.objectContaining({ id: owner.id, name: 'Olga' }),
    );
    await ActorContext.run({ name: 'night job' }, () =>
      app.dataSource.getRepository(Venue).update({ id: venue.id }, { city: 'Rome' }),
    );
    expect((await page().get('people?text=night')).body.people).toEqual([
      { id: null, name: 'night job', email: null },
    ]);
    expect(await entriesOf('&actor=night%20job')).toHaveLength(1);
  });
});

describe('undoing', () => {
  it('shows the plan first, and puts back single columns', async () => {
    await update({ address: 'x', city: 'y' });
    const [{ sequence }] = await entriesOf();
    const body = { sequence, columns: ['address'] };
    const plan = (await page().post('undo', { ...body, dryRun: true })).body;
    expect(plan).toMatchObject({
      dryRun: true,
      steps: [
        {
          action: 'update',
          label: 'Harbour in y',
          changes: [{ column: 'address', from: 'x', to: '1 Old Road' }],
          kept: ['city'],
        },
      ],
    });
    expect((await page().post('undo', body)).body.steps[0].changes).toEqual(plan.steps[0].changes);
    const after = await app.dataSource.getRepository(Venue).findOneByOrFail({ id: venue.id });
    expect(after).toMatchObject({ address: '1 Old Road', city: 'y' });
  });

  it('says that it deletes, undoes requests and transactions, and restores what was deleted', async () => {
    const [{ transactionId, at }] = await entriesOf();
    const plan = await page().post('undo', { transaction: transactionId, at, dryRun: true });
    expect(plan.body.steps.map(({ action }: { action: string }) => action)).toContain('delete');
    await as(ann, () => app.dataSource.getRepository(Venue).delete({ id: venue.id }));
    const moment = (await entriesOf()).at(-1).sequence;
    const restored = await page().post('restore', { table: 'venues', id: venue.id, moment });
    expect(restored.body.steps).toMatchObject([{ action: 'insert', table: 'venues' }]);
    const [{ requestId }] = await entriesOf();
    const undone = await page().post('undo', { request: requestId });
    expect(undone.body.steps).toContainEqual(
      expect.objectContaining({ action: 'delete', table: 'venues', id: venue.id }),
    );
  });

  it('lists the conflicts of an undo, with labels and columns', async () => {
    await update({ address: 'first' });
    const [{ sequence }] = await entriesOf();
    await update({ address: 'second' });
    const refused = await page().post('undo', { sequence });
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({
      code: 'UNDO_CONFLICT',
      conflictsTotal: 1,
      conflicts: [
        { table: 'venues', id: venue.id, label: 'Harbour in Oslo', columns: ['address'] },
      ],
    });
    const forced = await page().post('undo', { sequence, force: true });
    expect(forced.status).toBe(200);
  });

  it('counts a group before it goes back to a time', async () => {
    const [{ sequence }] = await entriesOf();
    await update({ city: 'Elsewhere' });
    const body = {
      tables: ['venues'],
      where: { customerProfileId: venue.customerProfileId },
      moment: sequence,
    };
    const counts = { table: 'venues', inserted: 0, updated: 1, deleted: 0 };
    const plan = await page().post('restore-group', { ...body, dryRun: true });
    expect(plan.body).toMatchObject({ dryRun: true, tables: [counts] });
    const done = await page().post('restore-group', body);
    expect(done.body).toMatchObject({ dryRun: false, tables: [counts] });
    const after = await app.dataSource.getRepository(Venue).findOneByOrFail({ id: venue.id });
    expect(after.city).toBe('Oslo');
  });

  it.each([
    [{}, /Name what to undo/],
    [{ sequence: '1', request: 'x' }, /Name what to undo/],
    [{ transaction: '1', columns: ['x'] }, /Name what to undo/],
    [{ sequence: 'x' }, /sequence/],
    [{ sequence: '1', nonsense: true }, /nonsense/],
    ['[]', /./],
  ])('refuses wrong input with 400: %j', async (body, message) => {
    const refused = await page().post('undo', body);
    expect(refused.body).toMatchObject({ statusCode: 400 });
    expect(refused.body.message).toMatch(message);
  });

  it('answers 404 for an entry that does not exist', async () => {
    expect((await page().post('undo', { sequence: '999999999' })).body).toMatchObject({
      statusCode: 404,
      code: 'AUDIT_ENTRY_NOT_FOUND',
    });
  });
});

describe('an export', () => {
  it('has everything that the filters show, as CSV and as lines of JSON', async () => {
    await update({ name: '=HYPERLINK("x")', city: 'a "quoted", text' });
    for (let index = 0; index < 3; index++) await update({ address: `road ${index}` });
    const query = `table=venues&id=${venue.id}`;
    const csv = await page().get(`entries/export?format=csv&${query}`);
    expect(csv.headers.get('content-disposition')).toContain('audit-trail.csv');
    expect(csv.body).toContain(`"'=HYPERLINK(""x"")"`);
    expect(csv.body).toContain('"a ""quoted"", text"');
    const lines = await page().get(`entries/export?format=ndjson&${query}`);
    const entries = String(lines.body)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(entries).toEqual(await entriesOf());
    expect(entries).toHaveLength(5);
  });
});
