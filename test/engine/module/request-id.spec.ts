import { requestIdOf } from '@singr/database';

describe('the id of a request', () => {
  it('is the one that a logger gave', () => {
    expect(requestIdOf({ headers: {}, id: 'of-a-logger' })).toBe('of-a-logger');
  });

  it.each([
    ['pino-http', 7],
    ['Fastify', 'req-1'],
    ['Fastify', 'req-zik0zj'],
  ])('is a new one if that of %s is a counter: %s is repeated after each start', (_logger, id) => {
    expect(requestIdOf({ headers: {}, id })).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('is the one that the client sends, even if it looks like a counter', () => {
    expect(requestIdOf({ headers: { 'x-request-id': 'req-1' }, id: 2 })).toBe('req-1');
  });

  it('is the same for Node’s request and for Fastify’s, which has that in raw', () => {
    const raw = { method: 'GET', headers: {} };
    expect(requestIdOf({ method: 'GET', headers: {}, raw } as object)).toBe(requestIdOf(raw));
  });

  it('stays the same where a middleware keeps the body in raw', () => {
    const request = { method: 'POST', headers: {} };
    const id = requestIdOf(request);
    expect(requestIdOf(Object.assign(request, { raw: Buffer.from('{}') }))).toBe(id);
  });
});
