import { demoAccounts, SeedModule, SeedService } from '@singr/database';
import { ApiModule } from '../../examples/api/src/api.module.js';
import {
  auditRecordsSchema,
  auditTrailSchema,
  blameSchema,
  diffSchema,
  stateSchema,
} from '../../examples/api/src/audit/audit.schemas.js';
import { impersonationSchema } from '../../examples/api/src/impersonation/impersonation.schemas.js';
import { currentSessionSchema } from '../../examples/api/src/sessions/sessions.schemas.js';
import { undoResultSchema } from '../../examples/api/src/audit/undo.schemas.js';
import { AuditRetention } from '../../src/engine/audit/retention/audit-retention.js';
import { useDatabase } from '../support/database.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const database = useDatabase();
let app: TestApp;
let venueId: string;
const tokens: Record<keyof typeof demoAccounts, string> = { admin: '', customer: '', singer: '' };

beforeAll(async () => {
  app = await createTestApp(database, { imports: [SeedModule, ApiModule] });
  await app.get(SeedService).run();
  for (const who of ['admin', 'customer', 'singer'] as const) {
    const { email, password } = demoAccounts[who];
    const { body } = await app.request('POST', '/sessions', { body: { email, password } });
    tokens[who] = body.token;
  }
  const { body } = await as('singer')('GET', '/venues');
  venueId = body.items[0].id;
});

function as(who: keyof typeof tokens) {
  return (method: string, path: string, body?: unknown) =>
    app.request(method, path, { body, headers: { authorization: `Bearer ${tokens[who]}` } });
}

const changeAddress = (address: string) =>
  as('customer')('PATCH', `/venues/${venueId}`, { address });

async function trail() {
  const { body } = await as('admin')('GET', `/audit/venues/${venueId}`);
  return auditTrailSchema.parse(body);
}

/** A new venue of the customer, whose trail has one entry. */
async function newVenue(urlName: string, openkjVenueId: number): Promise<string> {
  const { body } = await as('customer')('POST', '/venues', {
    openkjVenueId,
    urlName,
    name: 'New Venue',
    address: '1 Side Street',
    city: 'Nashville',
    state: 'TN',
    postalCode: '37201',
  });
  return body.id;
}

describe('reading the trail', () => {
  it('lists tables and the most recently changed records', async () => {
    const tables = await as('admin')('GET', '/audit/tables');
    expect(tables.body).toHaveLength(30);
    expect(tables.body).toEqual(expect.arrayContaining(['users', 'venues']));
    await changeAddress('1 New Road');
    const { body } = await as('admin')('GET', '/audit/venues');
    expect(auditRecordsSchema.parse(body)[0]).toMatchObject({
      id: venueId,
      label: 'Test Karaoke Bar',
      operation: 'UPDATE',
      actor: { email: demoAccounts.customer.email, userName: demoAccounts.customer.name },
    });
  });

  it('shows customers their own venues only', async () => {
    expect((await as('customer')('GET', '/audit/tables')).body).toEqual(['venues']);
    expect((await as('singer')('GET', '/audit/tables')).body).toEqual([]);
    const own = await as('customer')('GET', '/audit/venues');
    expect(own.body.map(({ id }: { id: string }) => id)).toContain(venueId);
    expect((await as('singer')('GET', '/audit/venues')).body).toEqual([]);
    expect((await as('customer')('GET', '/audit/users')).body).toEqual([]);
    const path = `/audit/venues/${venueId}`;
    for (const question of ['', '/at?time=2026-01-01T00:00:00Z', '/diff?from=1&to=2']) {
      expect((await as('singer')('GET', path + question)).status).toBe(403);
    }
  });

  it('continues where a page ended', async () => {
    await changeAddress('2 New Road');
    const all = await trail();
    const path = `/audit/venues/${venueId}?limit=1`;
    const first = await as('admin')('GET', path);
    const second = await as('admin')('GET', `${path}&before=${first.body[0].sequence}`);
    expect([...first.body, ...second.body]).toEqual(all.slice(0, 2));
  });

  it('has the record at a time, and null before its creation', async () => {
    await changeAddress('3 New Road');
    await changeAddress('4 New Road');
    const [, earlier, ...others] = await trail();
    const path = `/audit/venues/${venueId}/at?time=`;
    const then = await as('customer')('GET', path + earlier!.at);
    expect(stateSchema.parse(then.body).state).toMatchObject({
      venues_id: venueId,
      address: '3 New Road',
      location: { type: 'Point' },
    });
    expect((await as('admin')('GET', `${path}2020-01-01T00:00:00Z`)).body.state).toBeNull();
    expect(others.at(-1)).toMatchObject({ operation: 'INSERT', actor: { name: 'seed' } });
  });

  it('shows no secrets', async () => {
    const [{ id, secret }] = await database.query(
      `SELECT users_id AS id, password_hash AS secret FROM users WHERE email = $1`,
      [demoAccounts.customer.email],
    );
    const time = new Date().toISOString();
    for (const question of ['', `/at?time=${time}`, `/diff?from=2020-01-01T00:00:00Z&to=${time}`]) {
      const { status, body } = await as('admin')('GET', `/audit/users/${id}${question}`);
      expect(status).toBe(200);
      expect(JSON.stringify(body)).toContain('[redacted]');
      expect(JSON.stringify(body)).not.toContain(secret);
    }
  });

  it('compares two moments, times or entries', async () => {
    await changeAddress('5 New Road');
    await changeAddress('6 New Road');
    const [newest, before] = await trail();
    const address = { column: 'address', from: '5 New Road', to: '6 New Road', redacted: false };
    for (const [from, to] of [
      [before!.sequence, newest!.sequence],
      [before!.at, newest!.at],
    ]) {
      const query = `from=${from}&to=${to}`;
      const { body } = await as('admin')('GET', `/audit/venues/${venueId}/diff?${query}`);
      expect(diffSchema.parse(body)).toContainEqual(address);
    }
  });
});

describe('undoing', () => {
  it('is for administrators only', async () => {
    const [entry] = await trail();
    for (const path of [
      `/audit/entries/${entry!.sequence}/undo`,
      `/audit/transactions/${entry!.transactionId}/undo`,
      `/audit/venues/${venueId}/restore`,
    ]) {
      const { status, body } = await as('customer')('POST', path, { dryRun: true });
      expect(status).toBe(403);
      expect(body.message).toContain('audit:restore');
    }
  });

  it('shows the changes first, then makes them, and is recorded with its actor', async () => {
    await changeAddress('7 Right Road');
    await changeAddress('8 Wrong Road');
    const [entry] = await trail();
    const path = `/audit/entries/${entry!.sequence}/undo`;
    const step = { action: 'update', table: 'venues', recordId: venueId };

    const plan = await as('admin')('POST', path, { dryRun: true });
    expect(plan.status).toBe(200);
    expect(undoResultSchema.parse(plan.body)).toMatchObject({ dryRun: true, steps: [step] });
    expect((await trail())[0]).toEqual(entry);

    const done = await as('admin')('POST', path, {});
    expect(done.body).toMatchObject({ dryRun: false, steps: [step] });
    const [undo] = await trail();
    expect(undo).toMatchObject({
      undoes: entry!.sequence,
      actor: { email: demoAccounts.admin.email },
      newData: { address: '7 Right Road' },
      route: 'POST /audit/entries/:sequence/undo',
    });
  });

  it('undoes a transaction, and restores to a time', async () => {
    await changeAddress('9 Right Road');
    const right = (await trail())[0]!;
    await changeAddress('10 Wrong Road');
    const { transactionId } = (await trail())[0]!;
    const undone = await as('admin')('POST', `/audit/transactions/${transactionId}/undo`, {});
    expect(undone.status).toBe(200);
    expect((await trail())[0]!.newData).toMatchObject({ address: '9 Right Road' });

    await changeAddress('11 Wrong Road');
    await changeAddress('12 Wrong Road');
    const restored = await as('admin')('POST', `/audit/venues/${venueId}/restore`, {
      time: right.at,
    });
    expect(restored.status).toBe(200);
    expect((await trail())[0]!.newData).toMatchObject({ address: '9 Right Road' });
  });

  it('of a change with later changes is a conflict, unless forced', async () => {
    await changeAddress('13 Wrong Road');
    const [entry] = await trail();
    await as('customer')('PATCH', `/venues/${venueId}`, {
      address: '14 Wrong Road',
      city: 'Memphis',
    });
    const path = `/audit/entries/${entry!.sequence}/undo`;
    const { status, body } = await as('admin')('POST', path, {});
    expect(status).toBe(409);
    expect(body).toMatchObject({
      code: 'UNDO_CONFLICT',
      conflicts: [
        { table: 'venues', recordId: venueId, reason: 'has changed since', columns: ['address'] },
      ],
    });
    expect((await as('admin')('POST', path, { force: true })).status).toBe(200);
    const { address } = entry!.oldData as { address: string };
    expect((await trail())[0]!.newData).toMatchObject({ address, city: 'Memphis' });
  });

  it('of a change that cannot be undone says why', async () => {
    const id = await newVenue('undone', 3001);
    await as('customer')('DELETE', `/venues/${id}`);
    const { body } = await as('admin')('GET', `/audit/venues/${id}`);
    await newVenue('undone', 3002);
    const taken = await as('admin')('POST', `/audit/entries/${body[0].sequence}/undo`, {});
    expect(taken.status).toBe(422);
    expect(taken.body.code).toBe('UNDO_IMPOSSIBLE');

    await as('singer')('DELETE', '/sessions/current');
    const [{ sequence }] = await database.query(
      `SELECT sequence FROM audit_logs WHERE table_name = 'sessions' AND operation = 'DELETE'
       ORDER BY sequence DESC LIMIT 1`,
    );
    const secret = await as('admin')('POST', `/audit/entries/${sequence}/undo`, { dryRun: true });
    expect(secret.status).toBe(422);
    expect(secret.body.code).toBe('UNDO_REDACTED');
    const made = await as('admin')('POST', `/audit/entries/${sequence}/undo`, {
      dryRun: true,
      redacted: 'placeholder',
    });
    expect(made.body.steps).toMatchObject([{ action: 'insert', lost: ['session_token'] }]);
  });
});

describe('requests without a result', () => {
  const missing = { code: 'TABLE_NOT_AUDITED' };

  it('about unknown tables and entries get 404', async () => {
    for (const path of ['/audit/spoons', '/audit/spoons/1']) {
      const { status, body } = await as('admin')('GET', path);
      expect(status).toBe(404);
      expect(body).toMatchObject(missing);
    }
    const undo = await as('admin')('POST', '/audit/entries/999999999/undo', {});
    expect(undo.status).toBe(404);
    expect(undo.body.code).toBe('AUDIT_ENTRY_NOT_FOUND');
  });

  it('that are not valid get 400', async () => {
    const path = `/audit/venues/${venueId}`;
    for (const question of ['/at?time=yesterday', '/at', '/diff?from=x&to=1', '?before=x']) {
      expect((await as('admin')('GET', path + question)).status).toBe(400);
    }
    const key = await as('admin')('GET', '/audit/singer_favorite_venues/abc');
    expect(key.status).toBe(400);
    expect(key.body.code).toBe('INVALID_RECORD_KEY');
    const sequence = await as('admin')('POST', '/audit/entries/abc/undo', {});
    expect(sequence.status).toBe(400);
    expect(sequence.body.code).toBe('INVALID_HISTORY_QUERY');
    expect((await as('admin')('POST', `${path}/restore`, {})).status).toBe(400);
    const options = await as('admin')('POST', '/audit/entries/1/undo', { dryrun: true });
    expect(options.status).toBe(400);
  });

  it('about a pruned time get 410', async () => {
    const id = await newVenue('pruned', 3003);
    await app.get(AuditRetention).prune({ before: new Date(), table: 'venues' });
    const path = `/audit/venues/${id}/at?time=2026-01-01T00:00:00Z`;
    const { status, body } = await as('admin')('GET', path);
    expect(status).toBe(410);
    expect(body.code).toBe('HISTORY_PRUNED');
  });
});

describe('an administrator who acts for a customer', () => {
  const reason = 'asked by phone, ticket 4711';
  const begin = (who: keyof typeof tokens, email: string) =>
    as(who)('POST', '/impersonation', { email, reason });

  afterEach(() => as('admin')('DELETE', '/impersonation'));

  it('has the customer’s permissions, and changes are recorded with both, and why', async () => {
    const begun = await begin('admin', demoAccounts.customer.email.toUpperCase());
    expect(begun.status).toBe(201);
    expect(impersonationSchema.parse(begun.body)).toMatchObject({ reason });
    const { body: session } = await as('admin')('GET', '/sessions/current');
    expect(currentSessionSchema.parse(session)).toMatchObject({
      email: demoAccounts.customer.email,
      impersonation: { by: demoAccounts.admin.name, reason },
    });
    expect(session.permissions).not.toContain('audit:restore');
    await as('admin')('PATCH', `/venues/${venueId}`, { address: '4711 Phone Road' });
    expect((await as('admin')('DELETE', '/impersonation')).status).toBe(204);

    const [entry] = await trail();
    expect(entry).toMatchObject({
      actor: {
        email: demoAccounts.admin.email,
        onBehalfOf: { email: demoAccounts.customer.email },
      },
      reason,
    });
    const blame = blameSchema.parse(
      (await as('admin')('GET', `/audit/venues/${venueId}/blame`)).body,
    );
    expect(blame.find(({ column }) => column === 'address')).toMatchObject({
      value: '4711 Phone Road',
      entry: {
        sequence: entry!.sequence,
        reason,
        actor: { onBehalfOf: { userId: begun.body.userId } },
      },
    });
    const { body } = await as('admin')('GET', `/audit/users/${begun.body.userId}`);
    const [ended, started] = auditTrailSchema.parse(body);
    expect([started, ended]).toMatchObject([
      { operation: 'impersonation.begun', actor: { email: demoAccounts.admin.email } },
      {
        operation: 'impersonation.ended',
        actor: {
          email: demoAccounts.admin.email,
          onBehalfOf: { email: demoAccounts.customer.email },
        },
      },
    ]);
  });

  it('may not begin another one meanwhile, and is the administrator again after half an hour', async () => {
    await begin('admin', demoAccounts.customer.email);
    expect((await begin('admin', demoAccounts.customer.email)).status).toBe(403);
    jest.useFakeTimers({ now: Date.now() + 31 * 60 * 1000, advanceTimers: true });
    const { body } = await as('admin')('GET', '/sessions/current');
    jest.useRealTimers();
    expect(body).toMatchObject({ email: demoAccounts.admin.email, impersonation: null });
  });

  it.each([
    ['a customer', 'customer', demoAccounts.customer.email, 403],
    ['nobody’s account', 'admin', 'nobody@example.com', 400],
    ['an account that is no customer’s', 'admin', demoAccounts.admin.email, 400],
  ] as const)('is refused to %s', async (_what, who, email, status) => {
    expect((await begin(who, email)).status).toBe(status);
  });

  it('gives no permission to a session that ends', async () => {
    expect((await as('customer')('DELETE', '/impersonation')).status).toBe(204);
    const { body } = await as('customer')('GET', '/sessions/current');
    expect(body).toMatchObject({ email: demoAccounts.customer.email, impersonation: null });
  });
});

it('an undo has the reason that it is given', async () => {
  await changeAddress('8 Wrong Road');
  const { sequence } = (await trail())[0]!;
  await as('admin')('POST', `/audit/entries/${sequence}/undo`, { reason: 'a typing error' });
  expect((await trail())[0]).toMatchObject({ undoes: sequence, reason: 'a typing error' });
});
