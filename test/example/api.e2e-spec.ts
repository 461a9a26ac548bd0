import { demoAccounts, SeedModule, SeedService, Session, User } from '@singr/database';
import { ApiModule } from '../../examples/api/src/api.module.js';
import { serveOpenApi } from '../../examples/api/src/http/open-api.js';
import { venueListSchema, venueSchema } from '../../examples/api/src/venues/venues.schemas.js';
import { useDatabase } from '../support/database.js';
import { createTestApp, type TestApp, type TestResponse } from '../support/test-app.js';

const database = useDatabase();
let app: TestApp;
const tokens: Record<keyof typeof demoAccounts, string> = { admin: '', customer: '', singer: '' };

beforeAll(async () => {
  app = await createTestApp(database, {
    imports: [SeedModule, ApiModule],
    configure: serveOpenApi,
  });
  await app.get(SeedService).run();
  for (const who of ['admin', 'customer', 'singer'] as const) {
    tokens[who] = (await signIn(demoAccounts[who])).body.token;
  }
});

function signIn({ email, password }: { email: string; password: string }): Promise<TestResponse> {
  return app.request('POST', '/sessions', { body: { email, password } });
}

function as(who: keyof typeof tokens) {
  return (method: string, path: string, body?: unknown) =>
    app.request(method, path, { body, headers: { authorization: `Bearer ${tokens[who]}` } });
}

async function demoVenue(): Promise<{ id: string; customerProfileId: string }> {
  const { body } = await as('singer')('GET', '/venues');
  return body.items.find((venue: { urlName: string }) => venue.urlName === 'test-karaoke-bar');
}

const newVenue = {
  openkjVenueId: 2001,
  urlName: 'new-venue',
  name: 'New Venue',
  address: '1 Side Street',
  city: 'Nashville',
  state: 'TN',
  postalCode: '37201',
};

describe('a retry with the same Idempotency-Key', () => {
  it('gets the first answer, and asks for the song once', async () => {
    const { id } = await demoVenue();
    const path = `/venues/${id}/requests`;
    const headers = { authorization: `Bearer ${tokens.singer}`, 'idempotency-key': 'first-song' };
    const body = { artist: 'Queen', title: 'Somebody to Love' };
    const first = await app.request('POST', path, { body, headers });
    expect(first.status).toBe(201);
    expect(await app.request('POST', path, { body, headers })).toMatchObject({
      status: 201,
      body: first.body,
    });
    const other = { ...body, title: 'Innuendo' };
    expect(await app.request('POST', path, { body: other, headers })).toMatchObject({
      status: 422,
      body: { code: 'IDEMPOTENCY_KEY_REUSED' },
    });
    const songs = await database.query('SELECT title FROM requests WHERE title = ANY ($1)', [
      [body.title, other.title],
    ]);
    expect(songs).toEqual([{ title: body.title }]);
    const { paths } = (await app.request('GET', '/docs-json')).body;
    expect(paths['/venues/{venueId}/requests'].post.parameters).toContainEqual(
      expect.objectContaining({ in: 'header', name: 'Idempotency-Key', required: false }),
    );
  });
});

describe('signing in', () => {
  it('stores the hash of the token, and records the user as the actor of the session', async () => {
    const { status, body } = await signIn({
      ...demoAccounts.customer,
      email: 'CUSTOMER@example.com',
    });
    expect(status).toBe(201);
    const user = await app.dataSource.getRepository(User).findOneByOrFail({
      email: demoAccounts.customer.email,
    });
    expect(Date.now() - user.lastLoginAt!.getTime()).toBeLessThan(60_000);
    const sessions = await app.dataSource.getRepository(Session).findBy({ userId: user.id });
    expect(sessions.map(({ sessionToken }) => sessionToken)).not.toContain(body.token);
    const [entry] = await database.query(
      `SELECT user_id, route FROM audit_logs WHERE table_name = 'sessions' ORDER BY sequence DESC LIMIT 1`,
    );
    expect(entry).toEqual({ user_id: user.id, route: 'POST /sessions' });
  });

  it('gives the same answer for an unknown address and a wrong password', async () => {
    const wrong = await signIn({ ...demoAccounts.customer, password: 'Customer123' });
    const unknown = await signIn({ ...demoAccounts.customer, email: 'nobody@example.com' });
    expect(wrong.status).toBe(401);
    expect(unknown.status).toBe(401);
    expect(unknown.body).toEqual(wrong.body);
  });

  it('ends with signing out', async () => {
    const { token } = (await signIn(demoAccounts.singer)).body;
    const headers = { authorization: `Bearer ${token}` };
    expect((await app.request('GET', '/sessions/current', { headers })).status).toBe(200);
    expect((await app.request('DELETE', '/sessions/current', { headers })).status).toBe(204);
    expect((await app.request('GET', '/sessions/current', { headers })).status).toBe(401);
  });

  it('refuses an expired session', async () => {
    const { token } = (await signIn(demoAccounts.admin)).body;
    await database.query(
      `UPDATE sessions SET expires_at = now() - interval '1 second'
       WHERE session_token = encode(sha256($1::text::bytea), 'hex')`,
      [token],
    );
    const headers = { authorization: `Bearer ${token}` };
    expect((await app.request('GET', '/sessions/current', { headers })).status).toBe(401);
  });
});

/** The trail of a venue, in the API of the audit page. */
const trailOf = (id: string) => `/audit/api/entries?table=venues&id=${id}`;

describe('venues', () => {
  it('require signing in', async () => {
    expect((await app.request('GET', '/venues')).status).toBe(401);
    const headers = { authorization: 'Bearer nonsense' };
    expect((await app.request('GET', '/venues', { headers })).status).toBe(401);
  });

  it('are listed as documented', async () => {
    const { status, body } = await as('singer')('GET', '/venues?pageSize=1');
    expect(status).toBe(200);
    expect(venueListSchema.parse(body).items).toHaveLength(1);
  });

  it('are changed by their owner, whom the audit trail names', async () => {
    const { id } = await demoVenue();
    const changed = await as('customer')('PATCH', `/venues/${id}`, { name: 'Renamed' });
    expect(changed.status).toBe(200);
    expect(venueSchema.parse(changed.body).name).toBe('Renamed');

    const trail = await as('customer')('GET', trailOf(id));
    expect(trail.status).toBe(200);
    const [newest, oldest] = trail.body.entries;
    expect(newest).toMatchObject({
      operation: 'UPDATE',
      actor: { name: demoAccounts.customer.name },
      route: 'PATCH /venues/:id',
    });
    expect(newest.changes).toContainEqual({
      column: 'name',
      from: 'Test Karaoke Bar',
      to: 'Renamed',
      redacted: false,
    });
    expect(oldest).toMatchObject({ operation: 'INSERT', actor: { kind: 'name', name: 'seed' } });
  });

  it('are created and deleted by their owner, and keep their trail', async () => {
    const created = await as('customer')('POST', '/venues', newVenue);
    expect(created.status).toBe(201);
    const { id } = venueSchema.parse(created.body);
    expect((await as('customer')('DELETE', `/venues/${id}`)).status).toBe(204);
    expect((await as('customer')('GET', `/venues/${id}`)).status).toBe(404);
    const { entries } = (await as('customer')('GET', trailOf(id))).body;
    expect(entries.map(({ operation }: { operation: string }) => operation)).toEqual([
      'DELETE',
      'INSERT',
    ]);
    const earlier = await as('admin')('GET', `${trailOf(id)}&cursor=${entries[0].sequence}`);
    expect(earlier.body.entries).toHaveLength(1);
  });

  it('of any customer are changed by an administrator', async () => {
    const { id } = await demoVenue();
    const changed = await as('admin')('PATCH', `/venues/${id}`, { acceptingRequests: false });
    expect(changed.body).toMatchObject({ acceptingRequests: false });
  });

  it('of another customer are neither changed nor is their trail shown', async () => {
    const { id } = await demoVenue();
    const singer = await as('singer')('PATCH', `/venues/${id}`, { name: 'Mine' });
    expect(singer.status).toBe(403);
    expect(singer.body.message).toContain('venues:update');
    expect((await as('singer')('GET', trailOf(id))).status).toBe(403);

    const [other] = await database.query(
      `INSERT INTO customer_profiles (users_id)
       SELECT users_id FROM users WHERE email = 'admin@singrkaraoke.com' RETURNING customer_profiles_id`,
    );
    const theirs = await as('admin')('POST', '/venues', {
      ...newVenue,
      urlName: 'theirs',
      customerProfileId: other.customer_profiles_id,
    });
    expect(theirs.status).toBe(201);
    const path = `/venues/${theirs.body.id}`;
    expect((await as('customer')('PATCH', path, { name: 'Mine' })).status).toBe(403);
    expect((await as('customer')('DELETE', path)).status).toBe(403);
    expect((await as('customer')('GET', trailOf(theirs.body.id))).body.entries).toEqual([]);
    for (const record of [path, '/users/someone']) {
      expect((await as('customer')('GET', `/audit/api/records${record}`)).status).toBe(404);
    }
  });

  it('that do not exist are not found', async () => {
    const id = '00000000-0000-4000-8000-000000000000';
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      const body = method === 'PATCH' ? {} : undefined;
      expect((await as('admin')(method, `/venues/${id}`, body)).status).toBe(404);
    }
    expect((await as('admin')('GET', `/audit/api/records/venues/${id}`)).status).toBe(404);
  });
});

describe('people in a browser', () => {
  const form = (path: string, fields: Record<string, string>, headers = {}) =>
    fetch(new URL(path, app.url), {
      method: 'POST',
      body: new URLSearchParams(fields),
      redirect: 'manual',
      headers,
    });
  const signIn = async (who: keyof typeof demoAccounts, to = '/audit') => {
    const { email, password } = demoAccounts[who];
    const response = await form('/sign-in', { email, password, return: to });
    expect([response.status, response.headers.get('location')]).toEqual([303, to]);
    return response.headers.get('set-cookie')!;
  };
  const session = (cookie: string) =>
    app.request('GET', '/audit/api/session', { headers: { cookie: cookie.split(';')[0]! } });

  it('sign in with a form, whose cookie no script reads and no other site sends', async () => {
    const cookie = await signIn('admin');
    expect(cookie).toMatch(/^singr_session=[^;]+; Path=\/; HttpOnly; SameSite=Strict; Expires=/);
    const { body } = await session(cookie);
    expect(body).toMatchObject({
      viewer: { name: demoAccounts.admin.name, onBehalfOf: null },
      can: { undo: true },
    });
    expect(body.tables).toHaveLength(30);
    expect((await session('singr_session=nonsense')).status).toBe(401);
    // Only what browsers open takes the cookie.
    const headers = { cookie: cookie.split(';')[0]! };
    expect((await app.request('GET', '/venues', { headers })).status).toBe(401);
  });

  it('see what was wrong with the form, and return only to this server', async () => {
    const refused = await form('/sign-in', { email: '"<b>@example.com', password: 'wrong' });
    expect(refused.status).toBe(401);
    const text = await refused.text();
    expect(text).toContain('is wrong');
    expect(text).not.toContain('<b>');
    const { email, password } = demoAccounts.admin;
    for (const elsewhere of ['//evil.test', 'https://evil.test', '/\\evil.test']) {
      const response = await form('/sign-in', { email, password, return: elsewhere });
      expect(response.headers.get('location')).toBe('/audit');
    }
    const crossSite = { 'sec-fetch-site': 'cross-site' };
    expect((await form('/sign-in', { email, password }, crossSite)).status).toBe(403);
    const page = await app.request('GET', '/sign-in');
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'self'/);
  });

  it('act for a customer, with what the customer may read, and sign out', async () => {
    const cookie = await signIn('admin');
    const headers = { cookie: cookie.split(';')[0]! };
    const wrong = { email: 'nobody@example.com', reason: 'asked by phone' };
    expect((await form('/acting', wrong, headers)).status).toBe(400);
    const begun = await form('/acting', { ...wrong, email: demoAccounts.customer.email }, headers);
    expect(begun.status).toBe(303);
    const { body } = await session(cookie);
    expect(body).toMatchObject({
      viewer: { name: demoAccounts.admin.name, onBehalfOf: demoAccounts.customer.name },
      can: { undo: false },
      tables: [{ table: 'venues', label: 'Venue' }],
    });
    expect((await form('/acting', {}, headers)).status).toBe(303);
    expect((await session(cookie)).body.tables).toHaveLength(30);
    const out = await form('/sign-out', {}, headers);
    expect(out.headers.get('set-cookie')).toMatch(/^singr_session=; .*Expires=Thu, 01 Jan 1970/);
    expect((await session(cookie)).status).toBe(401);
  });
});

describe('wrong input', () => {
  it('is refused with the reason', async () => {
    const { id } = await demoVenue();
    const { status, body } = await as('customer')('PATCH', `/venues/${id}`, {
      name: ' ',
      location: { type: 'Point', coordinates: [200, 1] },
      owner: 'me',
    });
    expect(status).toBe(400);
    expect(body.message).toEqual([
      expect.stringMatching(/^name: /),
      expect.stringMatching(/^location\.coordinates\.0: /),
      expect.stringContaining('owner'),
    ]);
    expect((await as('customer')('GET', '/venues/abc')).status).toBe(400);
    expect((await as('customer')('GET', '/venues?pageSize=1000')).status).toBe(400);
  });

  it('that violates a unique constraint is a conflict', async () => {
    const { status, body } = await as('customer')('POST', '/venues', {
      ...newVenue,
      urlName: 'test-karaoke-bar',
    });
    expect(status).toBe(409);
    expect(body.message).toBe('Another venue has this urlName.');
  });

  it('that the database cannot store gets an answer without SQL', async () => {
    const { id } = await demoVenue();
    const { status, body } = await as('customer')('PATCH', `/venues/${id}`, { name: 'a\0b' });
    expect(status).toBe(400);
    expect(JSON.stringify(body)).not.toMatch(/update|byte|venues/i);
  });
});

describe('the other routes', () => {
  it('answers 200 on /health', async () => {
    const { status, body } = await app.request('GET', '/health');
    expect(status).toBe(200);
    expect(body.info.database).toMatchObject({ status: 'up', pendingMigrations: [] });
  });

  it('answers 503 on /health while a migration is pending', async () => {
    const [{ name, timestamp }] = await database.query(
      `DELETE FROM migrations WHERE id = (SELECT max(id) FROM migrations) RETURNING name, timestamp`,
    );
    try {
      const { status, body } = await app.request('GET', '/health');
      expect(status).toBe(503);
      expect(body.error.database.pendingMigrations).toEqual([name]);
    } finally {
      await database.query(`INSERT INTO migrations (timestamp, name) VALUES ($1, $2)`, [
        timestamp,
        name,
      ]);
    }
  });

  it('serves its documentation on /docs, with every route and the bearer token', async () => {
    const page = await app.request('GET', '/docs');
    expect(page.status).toBe(200);
    expect(page.body).toContain('swagger-ui');
    const { body } = await app.request('GET', '/docs-json');
    expect(Object.keys(body.paths)).toEqual([
      '/impersonation',
      '/sessions',
      '/sessions/current',
      '/venues',
      '/venues/nearby',
      '/venues/{id}',
      '/venues/{venueId}/songs',
      '/venues/{venueId}/requests',
      '/singer/history',
      '/singer/favorites',
      '/singer/favorites/songs',
      '/singer/favorites/venues/{venueId}',
      '/api-keys',
      '/api-keys/{id}/rotation',
      '/api-keys/{id}',
      '/openkj',
      '/catalogues/{system}',
      '/health',
    ]);
    expect(body.components.securitySchemes.bearer).toBeDefined();
    expect(
      body.paths['/venues'].post.requestBody.content['application/json'].schema.required,
    ).toEqual(Object.keys(newVenue));
  });
});
