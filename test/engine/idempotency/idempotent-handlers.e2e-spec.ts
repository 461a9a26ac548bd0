import { randomUUID } from 'node:crypto';
import { Catch, HttpException, type ArgumentsHost } from '@nestjs/common';
import { APP_FILTER, BaseExceptionFilter } from '@nestjs/core';
import {
  AnswerNotStorableError,
  IdempotentHandlerError,
  type DatabaseError,
} from '@singr/database';
import { httpAdapters } from '../../support/http-adapters.js';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { ann, bob, from, trustingGuard } from '../../support/people.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';
import { existing, newSlug } from '../../support/trail.js';
import { startCuttingServer, type Cut, type CuttingServer } from '../transaction/cutting-server.js';
import { Signal } from '../transaction/control.js';
import { control, RepeatableController } from './repeatable.controller.js';

/** Answers with the code of an error that a developer has made. */
@Catch(IdempotentHandlerError, AnswerNotStorableError)
class CodeFilter extends BaseExceptionFilter {
  override catch({ code }: DatabaseError, host: ArgumentsHost) {
    super.catch(new HttpException({ code }, 500), host);
  }
}

const parts = {
  controllers: [RepeatableController],
  providers: [trustingGuard, { provide: APP_FILTER, useClass: CodeFilter }],
};

beforeEach(() => {
  Object.assign(control, { runs: 0, failures: 0, mayEnd: undefined, hasWritten: new Signal() });
});

/** Sends a POST request of Ann's. */
function sender(app: () => TestApp) {
  return (path: string, key: string | undefined, body: unknown = {}, headers = {}) =>
    app().request('POST', path, {
      body,
      headers: {
        ...from(ann),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
        ...headers,
      },
    });
}

describe.each(httpAdapters)('@Idempotent() on %s', (_name, adapter) => {
  const database = useDatabase();
  let app: TestApp;
  const post = sender(() => app);

  beforeAll(async () => {
    app = await createTestApp(database, { ...parts, adapter: adapter() });
  });

  it('answers a retry with the first answer, and runs the handler once', async () => {
    const [key, slug] = [randomUUID(), newSlug()];
    const first = await post('/roles', key, { slug });
    const again = await post('/roles', key, { slug });
    expect(first.status).toBe(202);
    expect(again.status).toBe(202);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('location')).toBe(`/roles/${slug}`);
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(control.runs).toBe(1);
    expect(await existing(database, slug)).toEqual([slug]);
  });

  it('does not store cookies', async () => {
    const [key, slug] = [randomUUID(), newSlug()];
    expect((await post('/roles', key, { slug })).headers.get('set-cookie')).not.toBeNull();
    expect((await post('/roles', key, { slug })).headers.get('set-cookie')).toBeNull();
  });

  it('repeats a text, and a response without a body', async () => {
    const [key, slug, other] = [randomUUID(), newSlug(), newSlug()];
    const first = await post('/roles/observed', key, { slug });
    expect((await post('/roles/observed', key, { slug })).body).toBe(first.body);
    const silent = await post('/roles/nothing', key, { slug: other });
    expect(await post('/roles/nothing', key, { slug: other })).toMatchObject({
      status: silent.status,
      body: '',
    });
    expect(control.runs).toBe(2);
  });

  it('takes a key in quotes for the same as without', async () => {
    const [key, slug] = [randomUUID(), newSlug()];
    const first = await post('/roles', `"${key}"`, { slug });
    expect((await post('/roles', key, { slug })).body).toEqual(first.body);
  });

  it('refuses the key of another request: another body, another URL', async () => {
    const [key, slug] = [randomUUID(), newSlug()];
    await post('/roles', key, { slug });
    const message = expect.stringContaining('used for another request');
    const refusal = { status: 422, body: { statusCode: 422, message } };
    expect(await post('/roles', key, { slug: newSlug() })).toMatchObject(refusal);
    expect(await post('/roles?dry', key, { slug })).toMatchObject(refusal);
    await post(`/roles/of/${newSlug()}`, key);
    expect(await post(`/roles/of/${newSlug()}`, key)).toMatchObject(refusal);
    expect(control.runs).toBe(2);
  });

  it('does not mind the order of the fields', async () => {
    const [key, slug] = [randomUUID(), newSlug()];
    await post('/roles', key, { slug, note: { a: 1, b: 2 } });
    expect((await post('/roles', key, { note: { b: 2, a: 1 }, slug })).status).toBe(202);
    expect(control.runs).toBe(1);
  });

  it('keeps the keys of people, routes and devices apart', async () => {
    const key = randomUUID();
    await post('/roles', key, { slug: newSlug() });
    await post('/roles/nothing', key, { slug: newSlug() });
    await post('/roles', key, { slug: newSlug() }, from(bob));
    const slugs = [newSlug(), newSlug()];
    await post(`/roles/of/${slugs[0]}`, key, {}, { 'x-device': 'a' });
    await post(`/roles/of/${slugs[1]}`, key, {}, { 'x-device': 'b' });
    expect(control.runs).toBe(5);
  });

  it('refuses a request without a key where one is required, and a key that is none', async () => {
    expect((await post('/roles/of/somebody', undefined)).status).toBe(400);
    for (const key of ['""', 'a b', 'a'.repeat(256)]) {
      expect((await post('/roles', key, { slug: newSlug() })).status).toBe(400);
    }
    expect(control.runs).toBe(0);
    expect((await post('/roles', undefined, { slug: newSlug() })).status).toBe(202);
  });

  it('stores nothing when the handler fails, so that a retry runs it again', async () => {
    const [key, slug] = [randomUUID(), newSlug()];
    control.failures = 1;
    expect((await post('/roles', key, { slug })).status).toBe(409);
    expect(await existing(database, slug)).toEqual([]);
    expect((await post('/roles', key, { slug })).status).toBe(202);
    expect(await existing(database, slug)).toEqual([slug]);
  });

  it('applies to a GET handler, which gets a transaction', async () => {
    const [key, slug] = [randomUUID(), newSlug()];
    const headers = { 'idempotency-key': key };
    const first = await app.request('GET', `/roles/create/${slug}`, { headers });
    const again = await app.request('GET', `/roles/create/${slug}`, { headers });
    expect(again.body).toEqual(first.body);
    expect(control.runs).toBe(1);
  });

  it('forgets an answer after its lifetime', async () => {
    const key = randomUUID();
    await post('/roles/short', key, { slug: newSlug() });
    await post('/roles/short', key, { slug: newSlug() });
    expect(control.runs).toBe(2);
  });

  it.each([
    ['a file', '/roles/file', 'ANSWER_NOT_STORABLE'],
    ['a large answer', '/roles/large', 'ANSWER_NOT_STORABLE'],
    ['a response that the handler sends', '/roles/own', 'IDEMPOTENT_HANDLER'],
    ['a handler without a transaction', '/roles/alone', 'IDEMPOTENT_HANDLER'],
  ])('refuses %s', async (_answer, path, code) => {
    const slug = newSlug();
    const answer = await post(path, randomUUID(), { slug });
    expect(answer).toMatchObject({ status: 500, body: { code } });
    expect(await existing(database, slug)).toEqual([]);
  });

  it('refuses server-sent events', async () => {
    const { body } = await app.request('GET', '/roles/events');
    expect(body).toEqual({ code: 'IDEMPOTENT_HANDLER' });
  });
});

describeOnServer('@Idempotent()', () => {
  const database = useDatabase();
  let server: CuttingServer;
  let app: TestApp;
  const post = sender(() => app);

  beforeAll(async () => {
    server = await startCuttingServer(database.url);
    app = await createTestApp(database, { ...parts, databaseOptions: { url: server.url } });
  });

  afterAll(async () => {
    await app.close();
    await server.stop();
  });

  it('answers 409 while the first request runs, and then with its answer', async () => {
    const [key, slug] = [randomUUID(), newSlug()];
    const mayEnd = (control.mayEnd = new Signal());
    const first = post('/roles', key, { slug });
    await control.hasWritten.given;
    const second = await post('/roles', key, { slug });
    expect(second.status).toBe(409);
    expect(second.headers.get('retry-after')).toBe('1');
    mayEnd.give();
    const { body } = await first;
    expect((await post('/roles', key, { slug })).body).toEqual(body);
    expect(control.runs).toBe(1);
  });

  it('runs the handler once when many requests come at once', async () => {
    const [key, slug] = [randomUUID(), newSlug()];
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => post('/roles/observed', key, { slug })),
    );
    const made = answers.filter(({ status }) => status === 201);
    expect(new Set(made.map(({ body }) => body)).size).toBe(1);
    expect(control.runs).toBeGreaterThan(0);
    expect(await existing(database, slug)).toEqual([slug]);
  });

  const cuts: [Cut, number][] = [
    ['before the server gets it', 2],
    ['before the answer arrives', 1],
  ];

  it.each(cuts)('makes a retry safe after COMMIT got lost %s', async (cut, runs) => {
    const [key, slug] = [randomUUID(), newSlug()];
    server.cutAt('COMMIT', cut);
    expect((await post('/roles', key, { slug })).status).toBe(500);
    const again = await post('/roles', key, { slug });
    expect(again.status).toBe(202);
    expect(control.runs).toBe(runs);
    expect(await existing(database, slug)).toEqual([slug]);
  });

  it('runs again with the transaction, when its connection was lost before', async () => {
    const [key, slug] = [randomUUID(), newSlug()];
    server.cutAt(slug, 'before the answer arrives');
    expect((await post('/roles/observed', key, { slug })).status).toBe(201);
    expect((await post('/roles/observed', key, { slug })).headers.get('idempotent-replayed')).toBe(
      'true',
    );
    expect(await existing(database, slug)).toEqual([slug]);
  });
});
