import { ActorContext, AuditService, type Actor } from '@singr/database';
import { setTimeout as sleep } from 'node:timers/promises';
import { isEmbedded, useDatabase } from '../../support/database.js';
import { ann, bob, from, userId } from '../../support/people.js';
import { failure, useScriptedApp } from '../../support/scripted-app.js';
import { newSlug, trailOf, writersOf } from '../../support/trail.js';

const carol = userId(3);

describe('the actor of a write', () => {
  const database = useDatabase();
  /** Each next user of the connection gets the one that the last user had. */
  const app = useScriptedApp(database, { databaseOptions: { poolSize: 1 } });
  const insert = (slug: string) => app.tools.roles.insert({ slug });
  let slugs: [string, string, string, string];

  beforeEach(() => {
    slugs = [newSlug(), newSlug(), newSlug(), newSlug()];
  });

  const writers = async () => {
    const found: (string | null)[] = [];
    for (const slug of slugs) found.push(...(await writersOf(database, slug)));
    return found;
  };

  describe('does not leak to the connection’s next user', () => {
    it.each(['GET', 'POST'] as const)('after a %s', async (method) => {
      await app.succeed(method, () => insert(slugs[0]), { user: ann });
      await insert(slugs[1]);
      await app.succeed(method, () => insert(slugs[2]), { user: bob });
      await app.dataSource.transaction(() => insert(slugs[3]));
      expect(await writers()).toEqual([ann, null, bob, null]);
    });

    it('after a request that failed', async () => {
      await app.request('POST', () => insert(slugs[0]).then(() => insert(slugs[0])), { user: ann });
      await insert(slugs[1]);
      expect(await writers()).toEqual([null]);
    });

    it('as a setting: the next user finds none', async () => {
      await app.succeed('POST', () => insert(slugs[0]), { user: ann });
      const [settings] = await app.dataSource.query(
        `SELECT current_setting('app.current_user_id', true) AS user, current_setting('app.request_id', true) AS request`,
      );
      expect([settings.user || null, settings.request || null]).toEqual([null, null]);
    });
  });

  describe('of an inner ActorContext.run()', () => {
    it('is undone when it ends, in one and the same transaction', async () => {
      await app.succeed(
        'POST',
        async () => {
          await insert(slugs[0]);
          await ActorContext.run({ userId: bob }, async () => {
            await insert(slugs[1]);
            await ActorContext.run({ name: 'mailer' }, () => insert(slugs[2]));
          });
          await insert(slugs[3]);
        },
        { user: ann },
      );
      expect(await writers()).toEqual([ann, bob, 'mailer', ann]);
    });

    it('is undone when it fails', async () => {
      await app.succeed(
        'POST',
        async () => {
          await failure(
            ActorContext.run({ userId: bob }, () => Promise.reject(new Error('as planned'))),
          );
          await insert(slugs[0]);
        },
        { user: ann },
      );
      expect(await writers()).toEqual([ann]);
    });

    it('is undone when its savepoint is released, which keeps the setting', async () => {
      await app.succeed(
        'POST',
        async ({ dataSource }) => {
          await dataSource.transaction(() =>
            ActorContext.run({ userId: bob }, () => insert(slugs[0])),
          );
          await insert(slugs[1]);
          await ActorContext.run({ userId: carol }, () =>
            dataSource.transaction(() => insert(slugs[2])),
          );
          await insert(slugs[3]);
        },
        { user: ann },
      );
      expect(await writers()).toEqual([bob, ann, carol, ann]);
    });

    it('still holds after ROLLBACK TO SAVEPOINT, which restores the setting of before', async () => {
      await app.succeed(
        'POST',
        async ({ dataSource }) => {
          await insert(slugs[0]);
          await ActorContext.run({ userId: bob }, async () => {
            await failure(
              dataSource.transaction(async () => {
                await insert(newSlug());
                throw new Error('as planned');
              }),
            );
            // The savepoint was set while Ann’s setting stood.
            await insert(slugs[1]);
          });
          await insert(slugs[2]);
        },
        { user: ann },
      );
      expect(await writers()).toEqual([ann, bob, ann]);
    });

    it('still holds after a savepoint that raw SQL rolled back', async () => {
      await app.succeed(
        'POST',
        async ({ dataSource }) => {
          await insert(slugs[0]);
          await dataSource.query('SAVEPOINT by_hand');
          await ActorContext.run({ userId: bob }, async () => {
            await insert(newSlug());
            await dataSource.query('ROLLBACK TO SAVEPOINT by_hand');
            await insert(slugs[1]);
          });
        },
        { user: ann },
      );
      expect(await writers()).toEqual([ann, bob]);
    });

    it('still holds after a string of several statements that rolled a savepoint back', async () => {
      await app.succeed(
        'POST',
        async ({ dataSource }) => {
          await insert(slugs[0]);
          await dataSource.query('SAVEPOINT by_hand');
          await ActorContext.run({ userId: bob }, async () => {
            await dataSource.query('SELECT 1; ROLLBACK TO SAVEPOINT by_hand');
            await insert(slugs[1]);
          });
        },
        { user: ann },
      );
      expect(await writers()).toEqual([ann, bob]);
    });

    it('is its own in Promise.all of several actors on one connection', async () => {
      const many = Array.from({ length: 20 }, (_, i) => ({
        slug: newSlug(),
        actor: userId(100 + (i % 3)),
      }));
      for (const method of ['GET', 'POST'] as const) {
        await app.succeed(
          method,
          () =>
            Promise.all(
              many.map(({ slug, actor }, i) =>
                ActorContext.run({ userId: actor }, async () => {
                  if (i % 2 === 0) await sleep(i % 5);
                  await insert(`${slug}-${method}`);
                }),
              ),
            ),
          { user: ann },
        );
      }
      for (const { slug, actor } of many) {
        expect(await writersOf(database, `${slug}-GET`)).toEqual([actor]);
        expect(await writersOf(database, `${slug}-POST`)).toEqual([actor]);
      }
    });

    it('keeps the request’s id and route', async () => {
      await app.succeed('POST', () => ActorContext.run({ userId: bob }, () => insert(slugs[0])), {
        user: ann,
        headers: { 'x-request-id': 'kept' },
      });
      expect(await trailOf(database, slugs[0])).toMatchObject([
        { writer: bob, requestId: 'kept', route: 'POST /work' },
      ]);
    });

    it('returns what its work returns, also synchronously', async () => {
      expect(ActorContext.run({ name: 'job' }, () => ActorContext.current())).toEqual({
        name: 'job',
      });
      expect(ActorContext.current()).toBeUndefined();
    });

    it('does not change with an object that its caller changes afterwards', async () => {
      const actor = { userId: ann };
      await ActorContext.run(actor, async () => {
        await insert(slugs[0]);
        actor.userId = bob;
        await insert(slugs[1]);
        await app.dataSource.transaction(() => insert(slugs[2]));
      });
      expect(await writers()).toEqual([ann, ann, ann]);
    });

    it('reaches timers, events and promises that it started', async () => {
      await ActorContext.run({ userId: bob }, async () => {
        await new Promise((resolve) => setTimeout(() => void insert(slugs[0]).then(resolve), 2));
        await new Promise((resolve) => setImmediate(() => void insert(slugs[1]).then(resolve)));
        await new Promise((resolve) => process.nextTick(() => void insert(slugs[2]).then(resolve)));
      });
      expect(await writers()).toEqual([bob, bob, bob]);
    });
  });

  describe('whose id is no UUID', () => {
    it.each([
      ['a number', '42'],
      ['a text', 'auth0|ann'],
      ['a UUID with something behind it', `${ann}\n`],
      ['an SQL injection', `${ann}'; DROP TABLE users; --`],
    ])('is recorded as it is: %s', async (_what, userId) => {
      await ActorContext.run({ userId }, () => insert(slugs[0]));
      expect(await writers()).toEqual([userId]);
      const { entries } = await app.app.get(AuditService).history({ actor: { userId } });
      expect(entries).toMatchObject([{ operation: 'INSERT', actor: { userId } }]);
    });
  });

  describe('that is malformed', () => {
    const malformed: [string, unknown][] = [
      ['a number', { userId: 42 }],
      ['an empty id', { userId: '' }],
      ['an id of 201 characters', { userId: 'x'.repeat(201) }],
      ['an id with a NUL', { userId: `${ann}\0` }],
      ['a UUID in an array', { userId: [ann] }],
      ['user and name at once', { userId: ann, name: 'job' }],
      ['neither', {}],
      ['nothing', undefined],
      ['null', null],
      ['an empty name', { name: '' }],
      ['a blank name', { name: ' \t' }],
      ['a name of 201 characters', { name: 'x'.repeat(201) }],
      ['a name with a NUL', { name: 'a\0b' }],
      ['a name that is no text', { name: {} }],
    ];

    it.each(malformed)('%s is refused before its work starts', (_what, actor) => {
      let started = false;
      expect(() => ActorContext.run(actor as Actor, () => (started = true))).toThrow(
        expect.objectContaining({ code: 'MALFORMED_ACTOR' }),
      );
      expect(started).toBe(false);
    });

    it.each(['GET', 'POST'] as const)(
      'in a %s is refused before any statement reaches the server',
      async (method) => {
        const client = (await app.dataSource.driver.obtainMasterConnection()) as any;
        const [connection, release] = client;
        const sent: unknown[] = [];
        const { query } = connection;
        connection.query = (...args: unknown[]) => {
          sent.push(args[0]);
          return query.apply(connection, args);
        };
        release();
        let handled = false;
        const { status } = await app.request(
          method,
          () => {
            handled = true;
            return insert(slugs[0]);
          },
          { user: 'not-a-uuid' },
        );
        connection.query = query;
        expect([status, handled, sent]).toEqual([500, false, []]);
      },
    );
  });

  it('may be a UUID in capitals', async () => {
    const capitals = 'ABCDEF00-0000-4000-8000-00000000ABCD';
    await app.succeed('POST', () => insert(slugs[0]), { user: capitals });
    expect(await writers()).toEqual([capitals.toLowerCase()]);
  });

  it('is absent in an anonymous request, which has its id and route', async () => {
    for (const [index, method] of (['GET', 'POST'] as const).entries()) {
      await app.succeed(method, () => insert(slugs[index]!), {
        headers: { 'x-request-id': 'anonymous' },
      });
      expect(await trailOf(database, slugs[index]!)).toMatchObject([
        { writer: null, requestId: 'anonymous', route: `${method} /work` },
      ]);
    }
  });

  describe('comes with a request id', () => {
    it('that is new for each request without one', async () => {
      await app.succeed('POST', () => insert(slugs[0]), { user: ann });
      await app.succeed('POST', () => insert(slugs[1]), { user: ann });
      const [first] = await trailOf(database, slugs[0]);
      const [second] = await trailOf(database, slugs[1]);
      expect(first!.requestId).toMatch(/^[0-9a-f-]{36}$/);
      expect(second!.requestId).not.toBe(first!.requestId);
    });

    it('that is cut to 200 characters', async () => {
      await app.succeed('POST', () => insert(slugs[0]), {
        headers: from(ann, { 'x-request-id': 'x'.repeat(5000) }),
      });
      expect((await trailOf(database, slugs[0]))[0]!.requestId).toBe('x'.repeat(200));
    });

    it.each([[`'; DROP TABLE roles; --`], ['%s $1 \\ "'], ['caf\u00e9 \u00ff'], ['a\tb']])(
      'that may hold %j without harm',
      async (id) => {
        await app.succeed('POST', () => insert(slugs[0]), {
          headers: from(ann, { 'x-request-id': id }),
        });
        expect(await trailOf(database, slugs[0])).toMatchObject([{ writer: ann, requestId: id }]);
      },
    );
  });

  it('is recorded with the database role that is logged in', async () => {
    await insert(slugs[0]);
    const [{ role }] = await database.query(
      `SELECT database_role AS role FROM audit_logs WHERE new_data ->> 'slug' = $1`,
      [slugs[0]],
    );
    expect(role).toBe(decodeURIComponent(new URL(database.url).username));
  });

  it('is missing under ALTER DATABASE … SET only at the price of an error, for a plain client as well', async () => {
    if (isEmbedded) return; // One session: the setting would come with the next start.
    const [{ name }] = await database.query('SELECT current_database() AS name');
    await database.query(`ALTER DATABASE ${name} SET app.unattributed_writes = 'reject'`);
    try {
      const client = await database.connect();
      const error = await failure(client.query(`INSERT INTO roles (slug) VALUES ($1)`, [slugs[0]]));
      expect(error).toMatchObject({ code: 'SA001' });
      expect(error.message).toContain(`set_config('app.actor_name'`);
      await client.query('BEGIN');
      await client.query(`SELECT set_config('app.actor_name', 'psql', true)`);
      await client.query(`INSERT INTO roles (slug) VALUES ($1)`, [slugs[0]]);
      await client.query('COMMIT');
      expect(await failure(client.query('DELETE FROM roles'))).toMatchObject({ code: 'SA001' });
      await client.query(`UPDATE roles SET slug = slug`);
      await client.end();
    } finally {
      await database.query(`ALTER DATABASE ${name} RESET app.unattributed_writes`);
    }
    expect(await writers()).toEqual(['psql']);
  });
});
