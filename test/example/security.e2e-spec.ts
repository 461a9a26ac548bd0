import { once } from 'node:events';
import { request as httpRequest, type ClientRequest } from 'node:http';
import { demoAccounts, SeedModule, SeedService } from '@singr/database';
import { LoggerModule, type Params } from 'nestjs-pino';
import { ApiModule } from '../../examples/api/src/api.module.js';
import { actorOf } from '../../examples/api/src/auth/api-request.js';
import { serveOpenApi } from '../../examples/api/src/http/open-api.js';
import { secureHeaders } from '../../examples/api/src/http/secure-headers.js';
import { loggerParams } from '../../examples/api/src/start-up/logging.js';
import { isEmbedded, useDatabase } from '../support/database.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

/** Starts the example, and keeps its log. */
describe('the example', () => {
  const database = useDatabase();
  const log: string[] = [];
  const tokens: Record<keyof typeof demoAccounts, string> = { admin: '', customer: '', singer: '' };
  let app: TestApp;
  let key: string;

  beforeAll(async () => {
    const options = loggerParams().pinoHttp as object;
    const pinoHttp = [options, { write: (line: string) => log.push(line) }] as Params['pinoHttp'];
    app = await createTestApp(database, {
      imports: [LoggerModule.forRoot({ pinoHttp }), SeedModule, ApiModule],
      databaseOptions: { actor: actorOf, ...(isEmbedded ? {} : { poolSize: 3 }) },
      configure: (nest) => {
        secureHeaders(nest);
        serveOpenApi(nest);
      },
    });
    await app.get(SeedService).run();
    for (const who of ['admin', 'customer', 'singer'] as const) {
      tokens[who] = (await signIn(demoAccounts[who].email, demoAccounts[who].password)).body.token;
    }
    const made = await as('customer', 'POST', '/api-keys', { description: 'OpenKJ' });
    key = made.body.key;
  });

  const signIn = (email: string, password = 'wrong password') =>
    app.request('POST', '/sessions', { body: { email, password } });
  const as = (who: keyof typeof tokens, method: string, path: string, body?: unknown) =>
    app.request(method, path, { body, headers: { authorization: `Bearer ${tokens[who]}` } });
  const openkj = (command: string) =>
    app.request('POST', '/openkj', { body: { api_key: key, command } });
  const importCsv = (path: string, body: string) =>
    app.request('PUT', path, { body, headers: { 'x-api-key': key, 'content-type': 'text/csv' } });

  it('logs no key, token, cookie, query or body', async () => {
    log.length = 0;
    await app.request('POST', '/openkj?token=secret-query', {
      body: { api_key: key, command: 'secret-command' },
      headers: {
        'x-api-key': key,
        authorization: 'Bearer secret-bearer',
        'proxy-authorization': 'Basic secret-basic',
        cookie: 'session=secret-cookie',
        'x-csrf-token': 'secret-header',
        'x-any': 'secret-any',
      },
    });
    await signIn('somebody@example.com', 'secret-password');
    await as('admin', 'GET', '/venues');
    const lines = log.join('\n');
    expect(lines).toContain('POST /openkj');
    expect(lines).toContain('POST /sessions');
    expect(lines).not.toMatch(/secret-/);
    expect(lines).not.toContain(key);
    expect(lines).not.toContain(tokens.admin);
  });

  it.each([
    'plain-1',
    'two words',
    'tab\tbed',
    'caf\u00e9 \u00ff',
    `'; DROP TABLE roles; --`,
    'x'.repeat(5000),
    '',
    ' ',
    '\u00a0',
    'one, two',
  ])('answers, logs and records one id for a request whose X-Request-Id is %j', async (id) => {
    log.length = 0;
    const response = await app.request('PATCH', `/venues/${await venueId()}`, {
      body: { name: `Bar ${Math.random()}` },
      headers: { authorization: `Bearer ${tokens.customer}`, 'x-request-id': id },
    });
    expect(response.status).toBe(200);
    const [entry] = await database.query<{ id: string }>(
      `SELECT request_id AS id FROM audit_logs WHERE table_name = 'venues' ORDER BY sequence DESC LIMIT 1`,
    );
    expect(entry!.id.trim()).not.toBe('');
    expect(response.headers.get('x-request-id')).toBe(entry!.id);
    expect(log.map((line) => JSON.parse(line).req?.id).filter(Boolean)).toContain(entry!.id);
  });

  it('answers and records one id for a request with several X-Request-Ids', async () => {
    const request = httpRequest(new URL(`/venues/${await venueId()}`, app.url), {
      method: 'PATCH',
      headers: { authorization: `Bearer ${tokens.customer}`, 'content-type': 'application/json' },
    });
    request.setHeader('x-request-id', ['one', 'two']);
    request.end(JSON.stringify({ name: `Bar ${Math.random()}` }));
    const [response] = await once(request, 'response');
    response.resume();
    await once(response, 'end');
    const [entry] = await database.query<{ id: string }>(
      `SELECT request_id AS id FROM audit_logs WHERE table_name = 'venues' ORDER BY sequence DESC LIMIT 1`,
    );
    expect(response.headers['x-request-id']).toBe(entry!.id);
  });

  async function venueId(): Promise<string> {
    const { body } = await as('admin', 'GET', '/venues');
    return body.items.find(({ urlName }: { urlName: string }) => urlName === 'test-karaoke-bar').id;
  }

  it('lets no page be framed', async () => {
    for (const path of [
      '/docs',
      '/docs-json',
      '/audit',
      '/audit/icon.svg',
      '/sign-in',
      '/health',
      '/none',
    ]) {
      const { headers } = await app.request('GET', path);
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  describe('treats a zero byte as an error of the client', () => {
    const nul = 'a\0b';
    const venue = {
      openkjVenueId: 3001,
      urlName: 'a-b',
      name: 'a',
      address: 'a',
      city: 'a',
      state: 'TN',
      postalCode: '1',
    };
    const song = { artist: 'Queen', title: 'Innuendo' };

    it.each<[string, () => Promise<{ status: number }>]>([
      ['an address', () => signIn(`${nul}@example.com`)],
      ['a password', () => signIn('ann@example.com', `${nul} long enough`)],
      ['a bearer token', () => app.request('GET', '/venues?q=%00')],
      ['a description', () => as('customer', 'POST', '/api-keys', { description: nul })],
      ...Object.keys(venue)
        .filter((field) => field !== 'openkjVenueId')
        .map((field): [string, () => Promise<{ status: number }>] => [
          `a venue's ${field}`,
          () => as('customer', 'POST', '/venues', { ...venue, [field]: nul }),
        ]),
      ['a country', () => as('customer', 'POST', '/venues', { ...venue, country: nul })],
      ['a phone number', () => as('customer', 'POST', '/venues', { ...venue, phoneNumber: nul })],
      [
        'a website',
        () => as('customer', 'POST', '/venues', { ...venue, website: `https://a.test/${nul}` }),
      ],
      [
        'a changed venue',
        async () => as('customer', 'PATCH', `/venues/${await venueId()}`, { name: nul }),
      ],
      ['a property', () => as('customer', 'POST', '/venues', { ...venue, [nul]: 'a' })],
      ['a venue’s id', () => as('admin', 'GET', '/venues/a%00b')],
      [
        'a note',
        async () =>
          as('singer', 'POST', `/venues/${await venueId()}/requests`, { ...song, notes: nul }),
      ],
      ['a cursor', () => as('singer', 'GET', '/singer/history?cursor=a%00b')],
      ...[
        '/audit/api/entries?table=a%00b',
        '/audit/api/entries?table=venues&id=a%00b',
        '/audit/api/entries?reason=a%00b',
        '/audit/api/entries?from=a%00b',
        '/audit/api/records?text=a%00b',
        '/audit/api/people?text=a%00b',
        '/audit/api/records/a%00b/a%00b',
        '/audit/api/records/venues/a%00b',
        '/audit/api/records/venues/a%00b/at?moment=2026-01-01',
        '/audit/a%00b',
        '/audit/views/a%00b',
      ].map((path): [string, () => Promise<{ status: number }>] => [
        path,
        () => as('admin', 'GET', path),
      ]),
      ...Object.entries({
        undo: { request: nul },
        restore: { table: 'venues', id: nul, moment: '2026-01-01' },
        'restore-group': { tables: [nul], moment: '2026-01-01' },
      }).map(([path, body]): [string, () => Promise<{ status: number }>] => [
        `the ${path} of the audit page`,
        () =>
          app.request('POST', `/audit/api/${path}`, {
            body,
            headers: { authorization: `Bearer ${tokens.admin}`, 'x-audit-page': '1' },
          }),
      ]),
      ['a system', () => importCsv('/catalogues/a%00b', 'artist,title\na,b\n')],
      ['a column', () => importCsv('/catalogues/1?artistColumn=a%00b', 'artist,title\na,b\n')],
      [
        'a key',
        () =>
          app.request('DELETE', '/api-keys/a%00b', {
            headers: { authorization: `Bearer ${tokens.customer}` },
          }),
      ],
    ])('in %s', async (_name, send) => {
      const { status } = await send();
      expect([400, 401, 404, 422]).toContain(status);
    });

    it.each<[string, () => Promise<{ status: number }>]>([
      ['a search', async () => as('singer', 'GET', `/venues/${await venueId()}/songs?q=a%00b`)],
      [
        'an artist',
        async () =>
          as('singer', 'POST', `/venues/${await venueId()}/requests`, { ...song, artist: nul }),
      ],
      [
        'a title',
        async () =>
          as('singer', 'POST', `/venues/${await venueId()}/requests`, { ...song, title: nul }),
      ],
      [
        'a favourite',
        () => as('singer', 'PUT', '/singer/favorites/songs', { ...song, artist: nul }),
      ],
    ])('or removes it like other control characters: in %s', async (_name, send) => {
      expect([200, 201]).toContain((await send()).status);
    });
  });

  describe('with slow uploads', () => {
    const trickling: ClientRequest[] = [];
    afterEach(() => {
      for (const request of trickling.splice(0)) request.destroy();
    });

    const upload = (): ClientRequest => {
      const request = httpRequest(new URL('/catalogues/7', app.url), {
        method: 'PUT',
        headers: { 'x-api-key': key, 'content-type': 'text/csv' },
      });
      request.on('error', () => undefined);
      request.write('artist,title\nQueen,');
      trickling.push(request);
      return request;
    };

    it('still answers other requests, and imports the uploads when they are complete', async () => {
      const uploads = Array.from({ length: 10 }, upload);
      const statuses: number[] = [];
      for (const request of uploads) {
        request.on('response', (response) => statuses.push(response.statusCode as number));
      }
      while (statuses.length < 8) await new Promise((resolve) => setTimeout(resolve, 20));
      expect(statuses).toEqual(Array(8).fill(429));
      for (const path of ['/venues', '/sessions/current', '/audit/api/records']) {
        expect((await as('admin', 'GET', path)).status).toBe(200);
      }
      expect((await openkj('getSerial')).body).toMatchObject({ error: false });
      for (const request of uploads) request.end('Innuendo\n');
      while (statuses.length < 10) await new Promise((resolve) => setTimeout(resolve, 20));
      expect(statuses.slice(8)).toEqual([200, 200]);
      const [{ count }] = await database.query(
        'SELECT count(*)::int FROM songdb WHERE openkj_system_id = 7',
      );
      expect(count).toBe(1);
      // Finished uploads make room for others.
      expect((await importCsv('/catalogues/7', 'artist,title\na,b\n')).status).toBe(200);
    });
  });

  it('limits attempts to sign in to one account, in all its spellings', async () => {
    const spellings = ['Eve@example.com', 'eve@EXAMPLE.com', ' eve@example.com'];
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 21; attempt++) {
      statuses.push((await signIn(spellings[attempt % spellings.length]!)).status);
    }
    expect(statuses).toEqual([...Array(20).fill(401), 429]);
    expect((await signIn(demoAccounts.singer.email, demoAccounts.singer.password)).status).toBe(
      201,
    );
  });

  it('limits attempts to sign in from one address to any accounts', async () => {
    const statuses = new Set<number>();
    for (let attempt = 0; attempt < 110; attempt += 10) {
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, index) => signIn(`user-${attempt + index}@example.com`)),
      );
      for (const { status } of answers) statuses.add(status);
    }
    expect([...statuses].sort()).toEqual([401, 429]);
  });
});
