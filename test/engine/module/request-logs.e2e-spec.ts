import { trace } from '@opentelemetry/api';
import { ActorContext, AuditService, logContext, requestIdOf } from '@singr/database';
import { RecordingLogger } from '../../support/recording-logger.js';
import { useDatabase } from '../../support/database.js';
import { failure, useScriptedApp, type Tools } from '../../support/scripted-app.js';
import { createTestApp } from '../../support/test-app.js';
import { useTelemetry } from '../../support/telemetry.js';

useTelemetry();
const database = useDatabase();
const logger = new RecordingLogger();
const app = useScriptedApp(database, {
  logger,
  databaseOptions: { maintenance: false, slowQuery: 90, requestId: 'traceparent' },
});
const user = '458d68c1-aadb-4165-ae82-9cd85e6dd743';
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` };

beforeEach(() => logger.clear());
const warning = () => logger.messages('warn', 'Database').join('\n');

describe('the warning about a slow query', () => {
  const slowly = ({ roles }: Tools) =>
    roles
      .createQueryBuilder('r')
      .select('r.id')
      .where(`r.slug = 'my secret' AND (SELECT pg_sleep(0.1)::text) IS NULL`)
      .getMany();

  it('says the kind of the actor, the route, the call and the request, and no value', async () => {
    await app.succeed('POST', slowly, { user, headers });
    expect(warning()).toMatch(
      /^slow query, [\d.]+ ms, by a user, on POST \/work, in SelectQueryBuilder\.getMany: SELECT .* = \? AND \(SELECT pg_sleep\(\?\).* \[request 4bf92f3577b34da6a3ce929d0e0e4736\]$/,
    );
    expect(logger.text).not.toMatch(/my secret|458d68c1/);
  });

  it('says that support acts for a customer, or that nobody acts', async () => {
    const staff = { userId: user, onBehalfOf: { userId: user } };
    await ActorContext.run(staff, () => slowly(app.tools));
    await slowly(app.tools);
    expect(logger.messages('warn', 'Database')).toEqual([
      expect.stringContaining(', by a user on behalf of a user, in '),
      expect.stringContaining(', by nobody, in '),
    ]);
  });

  it('names a method of the application’s repository', async () => {
    class RoleRepository {
      async nearby() {
        return await app.dataSource.query('SELECT pg_sleep(0.1)');
      }
    }
    await new RoleRepository().nearby();
    expect(warning()).toMatch(/ in DatabaseDataSource\.query from RoleRepository\.nearby: /);
  });
});

describe('the lines of a request', () => {
  it('have its id', async () => {
    await app.request('POST', ({ dataSource }) => dataSource.query(`SELECT 'x'::integer`), {
      headers,
    });
    expect(logger.messages('error', 'Database')).toEqual([
      expect.stringMatching(
        new RegExp(`^query failed, 22P02 .*: SELECT \\?::integer \\[request ${traceId}\\]$`),
      ),
    ]);
  });

  it('get it from logContext(), with the route and the kind of the actor', async () => {
    const seen: unknown[] = [logContext()];
    ActorContext.run({ name: 'test' }, () => seen.push(logContext()));
    await app.succeed('POST', () => void seen.push(logContext()), { user, headers });
    expect(seen).toEqual([
      {},
      { actor: 'program' },
      { requestId: traceId, route: 'POST /work', actor: 'user' },
    ]);
  });
});

describe('a trace', () => {
  it('leads to its changes, and a change to its trace', async () => {
    await app.succeed('POST', ({ roles }) => roles.insert({ slug: 'traced' }), { user, headers });
    const audit = app.app.get(AuditService);
    const { entries } = await audit.history({ requestId: traceId });
    expect(entries).toMatchObject([{ operation: 'INSERT', requestId: traceId }]);
  });

  it('that the application has begun comes before that of the header', () => {
    const ids = trace.getTracer('test').startActiveSpan('request', (span) => {
      const request = { method: 'GET', headers };
      return [requestIdOf(request, 'traceparent'), span.spanContext().traceId];
    });
    expect(ids[0]).toBe(ids[1]);
  });

  it('of zeros, or none, leaves the request its other id', () => {
    const other = { 'x-request-id': 'of-the-client' };
    const zeros = { traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, ...other };
    expect(requestIdOf({ headers: zeros }, 'traceparent')).toBe('of-the-client');
    expect(requestIdOf({ headers: { ...headers, ...other } })).toBe('of-the-client');
  });

  it('is refused under another name', async () => {
    const options = { databaseOptions: { requestId: 'trace' as never } };
    const { code } = await failure(createTestApp(database, options));
    expect(code).toBe('INVALID_CONFIGURATION');
  });
});
