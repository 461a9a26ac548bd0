import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { demoAccounts, SeedModule, SeedService } from '@singr/database';
import { ApiModule } from '../../examples/api/src/api.module.js';
import { actorOf, callerOf } from '../../examples/api/src/auth/api-request.js';
import { isEmbedded, useDatabase } from '../support/database.js';
import { createTestApp, type TestApp } from '../support/test-app.js';
import { until } from '../engine/transaction/control.js';

const poolSize = isEmbedded ? 1 : 2;

describe('the example, with more requests than the pool can serve', () => {
  const database = useDatabase();
  let app: TestApp;
  let key: string;
  let token: string;

  beforeAll(async () => {
    app = await createTestApp(database, {
      imports: [SeedModule, ApiModule],
      databaseOptions: { actor: actorOf, poolSize, overload: { after: 30, key: callerOf } },
    });
    await app.get(SeedService).run();
    const { email, password } = demoAccounts.customer;
    const session = await app.request('POST', '/sessions', { body: { email, password } });
    token = `Bearer ${session.body.token}`;
    const issued = await app.request('POST', '/api-keys', {
      body: { description: 'CSV' },
      headers: { authorization: token },
    });
    key = issued.body.key;
  });

  /** Takes every connection that requests may have, which fails if anybody holds one. */
  async function takeAll(): Promise<() => Promise<void>> {
    const { totalCount, idleCount } = app.dataSource.driver.master;
    expect(totalCount - idleCount).toBe(0);
    const held = Array.from({ length: poolSize }, () => app.dataSource.createQueryRunner());
    for (const queryRunner of held) await queryRunner.connect();
    return async () => {
      for (const queryRunner of held) await queryRunner.release();
    };
  }

  /** Begins a request whose body has begun to arrive. */
  function begin(method: string, path: string, headers: Record<string, string>, start: string) {
    const request = httpRequest(new URL(path, app.url), { method, headers });
    const answer = once(request, 'response') as Promise<[IncomingMessage]>;
    request.write(start);
    return {
      async end(rest: string): Promise<number> {
        request.end(rest);
        const [response] = await answer;
        response.resume();
        return response.statusCode!;
      },
    };
  }

  const spools = async () =>
    (await readdir(tmpdir())).filter((name) => name.startsWith('singr-songs-')).length;

  it('a catalogue that arrives slowly holds no connection', async () => {
    const before = await spools();
    const headers = { 'content-type': 'text/csv', 'x-api-key': key };
    const upload = begin('PUT', '/catalogues/1', headers, 'artist,title\nQueen,');
    await until(async () => (await spools()) > before);
    await (
      await takeAll()
    )();
    expect(await upload.end('Innuendo\n')).toBe(200);
  });

  it.each([
    ['POST', '/openkj', 200, () => ({ command: 'getSerial', api_key: key })],
    ['POST', '/api-keys', 201, () => ({ description: 'slow' })],
  ])('%s %s whose body arrives slowly holds no connection', async (method, path, status, body) => {
    const headers = { 'content-type': 'application/json', authorization: token };
    const text = JSON.stringify(body());
    const server = app.nest.getHttpServer();
    const isHeard = once(server, 'request');
    const slow = begin(method, path, headers, text.slice(0, 10));
    await isHeard;
    await (
      await takeAll()
    )();
    expect(await slow.end(text.slice(10))).toBe(status);
  });

  it('turns requests away before it looks for their users, and answers OpenKJ as it understands', async () => {
    const release = await takeAll();
    const waiting = app.dataSource.query('SELECT 1');
    await until(() => app.dataSource.isOverloaded);

    const answer = await app.request('GET', '/venues', { headers: { authorization: token } });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('2');
    expect(answer.body.code).toBe('OVERLOADED');
    const poll = await app.request('POST', '/openkj', {
      body: { command: 'getSerial', api_key: key },
    });
    expect(poll.status).toBe(200);
    expect(poll.body).toMatchObject({ command: 'getSerial', error: true });

    await release();
    await waiting;
    expect(
      (await app.request('GET', '/venues', { headers: { authorization: token } })).status,
    ).not.toBe(503);
  });
});
