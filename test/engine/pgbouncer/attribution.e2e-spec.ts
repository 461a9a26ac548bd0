import { ActorContext } from '@singr/database';
import { ann, bob } from '../../support/people.js';
import { dataSourceFor } from '../../support/data-source.js';
import { failure, ScriptedApp } from '../../support/scripted-app.js';
import { existing, newSlug, trailOf, writersOf } from '../../support/trail.js';
import { checkAttribution } from '../property/attribution.js';
import { describeOnServer, isEmbedded, useDatabase } from '../../support/database.js';
import { isPgBouncerInstalled, startPgBouncer, type PgBouncer } from './pgbouncer.js';

const suite = isPgBouncerInstalled && !isEmbedded ? describeOnServer : describe.skip;

/** Each transaction may run on another connection of the server than the one before. */
suite('through PgBouncer in transaction mode', () => {
  const database = useDatabase();
  const app = new ScriptedApp();
  let bouncer: PgBouncer;

  beforeAll(async () => {
    bouncer = await startPgBouncer(database.url, 2);
    await app.start(database, {
      databaseOptions: {
        url: bouncer.url,
        poolSize: 6,
        timeouts: { statement: 300, lock: 200, idleInTransaction: 2000 },
      },
    });
  });

  afterAll(async () => {
    await app.app.close();
    await bouncer.stop();
  });

  it('the option schema needs the search path of the role, as PgBouncer refuses it at the start of a session', async () => {
    const options = { url: bouncer.url, connectAttempts: 1, schema: 'audit_home' };
    const client = await database.connect();
    await client.query('CREATE SCHEMA audit_home');
    await expect(dataSourceFor(options).initialize()).rejects.toMatchObject({
      code: 'SCHEMA_NOT_FIRST',
      message: expect.stringMatching(/ALTER ROLE ".+" SET search_path = "audit_home", public$/),
    });
  });

  it('every kind of write names its actor', async () => {
    for (const method of ['GET', 'POST'] as const) {
      const slug = newSlug();
      await app.succeed(
        method,
        async ({ roles, dataSource }) => {
          await roles.insert({ slug });
          await roles.save({ ...(await roles.findOneByOrFail({ slug })), description: 'saved' });
          await dataSource.query('UPDATE roles SET description = $2 WHERE slug = $1', [
            slug,
            'raw',
          ]);
          await ActorContext.run({ userId: bob }, () =>
            roles.update({ slug }, { description: 'b' }),
          );
          await dataSource.transaction(() => roles.delete({ slug }));
        },
        { user: ann, headers: { 'x-request-id': slug } },
      );
      expect(await trailOf(database, slug)).toMatchObject(
        [ann, ann, ann, bob, ann].map((writer) => ({
          writer,
          requestId: slug,
          route: `${method} /work`,
        })),
      );
    }
  });

  it('an actor does not leak to the next transaction on the server’s connection', async () => {
    for (let i = 0; i < 20; i++) {
      const [mine, nobodys] = [newSlug(), newSlug()] as const;
      await app.succeed('POST', ({ roles }) => roles.insert({ slug: mine }), { user: ann });
      await app.tools.roles.insert({ slug: nobodys });
      expect(await writersOf(database, nobodys)).toEqual([null]);
    }
  });

  it('a rolled-back request leaves nothing', async () => {
    const slug = newSlug();
    await app.request('POST', async ({ roles }) => {
      await roles.insert({ slug });
      throw new Error('as planned');
    });
    expect(await existing(database, slug)).toEqual([]);
  });

  it('the time-outs work, which cannot be start-up parameters here', async () => {
    const codes: unknown[] = [];
    await app.request('POST', async ({ dataSource }) => {
      codes.push((await failure(dataSource.query('SELECT pg_sleep(3)'))).code);
    });
    expect(codes).toEqual(['57014']);
    const settings = await app.dataSource.query('SHOW statement_timeout');
    expect(settings).toEqual([{ statement_timeout: '0' }]);
  });

  it('each entry has the right actor, whatever a handler does', async () => {
    const counts = await checkAttribution(database, {
      databaseOptions: { url: bouncer.url, poolSize: 10 },
      batches: 15,
      atOnce: 24,
      steps: 12,
    });
    process.stderr.write(`Through PgBouncer: ${JSON.stringify(counts)}\n`);
    expect(counts).toMatchObject({ wrong: 0, unattributed: 0 });
    expect(counts.writes).toBeGreaterThan(2000);
  }, 120_000);
});
