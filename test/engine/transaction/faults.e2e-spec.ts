import { ActorContext } from '@singr/database';
import { setTimeout as sleep } from 'node:timers/promises';
import { ann } from '../../support/people.js';
import { failure, useScriptedApp } from '../../support/scripted-app.js';
import { existing, newSlug, writersOf } from '../../support/trail.js';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { Signal, until } from './control.js';
import { UnreadStream } from './unread-stream.js';

describeOnServer('when the database fails in mid-request', () => {
  const database = useDatabase();
  const app = useScriptedApp(database, {
    databaseOptions: {
      poolSize: 2,
      connectTimeout: 700,
      timeouts: { statement: 300, lock: 150, idleInTransaction: 400 },
    },
  });
  const insert = (slug: string) => app.tools.roles.insert({ slug });

  /** The request failed, nothing of it stays, and the next one works. */
  async function expectCleanFailure(status: number, ...slugs: string[]): Promise<void> {
    expect(status).toBe(500);
    expect(await existing(database, ...slugs)).toEqual([]);
    await until(() => app.connectionsInUse === 0);
    const next = newSlug();
    await app.succeed('POST', () => insert(next), { user: ann });
    expect(await writersOf(database, next)).toEqual([ann]);
  }

  it('a killed connection fails the request, and leaves nothing half-written', async () => {
    const [first, second] = [newSlug(), newSlug()] as const;
    const { status } = await app.request('POST', async ({ dataSource }) => {
      await insert(first);
      const [{ pid }] = await dataSource.query('SELECT pg_backend_pid() AS pid');
      await database.query('SELECT pg_terminate_backend($1)', [pid]);
      await sleep(50);
      await insert(second);
    });
    await expectCleanFailure(status, first, second);
  });

  it('a connection killed during a statement fails the request', async () => {
    const [first] = [newSlug()] as const;
    const { status } = await app.request('POST', async ({ dataSource }) => {
      await insert(first);
      const [{ pid }] = await dataSource.query('SELECT pg_backend_pid() AS pid');
      const running = dataSource.query('SELECT pg_sleep(0.25)');
      await database.query('SELECT pg_terminate_backend($1)', [pid]);
      await running;
    });
    await expectCleanFailure(status, first);
  });

  it('a connection killed before the commit fails the request, though every statement succeeded', async () => {
    const slug = newSlug();
    const { status } = await app.request('POST', async ({ dataSource }) => {
      await insert(slug);
      const [{ pid }] = await dataSource.query('SELECT pg_backend_pid() AS pid');
      await database.query('SELECT pg_terminate_backend($1)', [pid]);
      await sleep(50);
    });
    await expectCleanFailure(status, slug);
  });

  it('a connection killed while it is idle in the pool costs no request', async () => {
    await insert(newSlug());
    await database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'singr'`,
    );
    await sleep(50);
    await app.succeed('POST', () => insert(newSlug()));
  });

  it('a connection killed in a nested transaction fails the request', async () => {
    const [first, second] = [newSlug(), newSlug()] as const;
    const { status } = await app.request('POST', async ({ dataSource }) => {
      await insert(first);
      await dataSource.transaction(async () => {
        await insert(second);
        const [{ pid }] = await dataSource.query('SELECT pg_backend_pid() AS pid');
        await database.query('SELECT pg_terminate_backend($1)', [pid]);
        await sleep(50);
        await insert(newSlug());
      });
    });
    await expectCleanFailure(status, first, second);
  });

  it('a statement that takes too long is stopped', async () => {
    const slug = newSlug();
    const codes: unknown[] = [];
    const { status } = await app.request('POST', async ({ dataSource }) => {
      await insert(slug);
      const error = await failure(dataSource.query('SELECT pg_sleep(5)'));
      codes.push(error.code);
      throw error;
    });
    expect(codes).toEqual(['57014']);
    await expectCleanFailure(status, slug);
  });

  it('a lone write that takes too long is stopped as well', async () => {
    const error = await ActorContext.run({ userId: ann }, () =>
      failure(app.dataSource.query('SELECT pg_sleep(5)')),
    );
    expect(error).toMatchObject({ code: '57014' });
  });

  it('waiting for a lock ends after a time', async () => {
    const [locked, slug] = [newSlug(), newSlug()] as const;
    await insert(locked);
    const other = await database.connect();
    await other.query('BEGIN');
    await other.query('UPDATE roles SET description = $2 WHERE slug = $1', [locked, 'theirs']);
    const codes: unknown[] = [];
    try {
      const { status } = await app.request('POST', async ({ roles }) => {
        await insert(slug);
        const error = await failure(roles.update({ slug: locked }, { description: 'mine' }));
        codes.push(error.code);
        throw error;
      });
      expect(codes).toEqual(['55P03']);
      await expectCleanFailure(status, slug);
    } finally {
      await other.query('ROLLBACK');
    }
  });

  it('a handler that leaves its transaction idle for too long loses it', async () => {
    const [first, second] = [newSlug(), newSlug()] as const;
    const { status } = await app.request('POST', async () => {
      await insert(first);
      await sleep(600);
      await insert(second);
    });
    await expectCleanFailure(status, first, second);
  });

  it('the time-outs go with the transaction: none stays on the connection', async () => {
    await app.succeed('POST', () => insert(newSlug()));
    const [row] = await app.dataSource.query('SHOW statement_timeout');
    expect(row).toEqual({ statement_timeout: '0' });
  });

  it.each(['GET', 'POST'] as const)(
    'a COPY FROM STDIN, which query() cannot feed, fails at once in a %s',
    async (method) => {
      const errors: Error[] = [];
      await app.request(
        method,
        async ({ dataSource }) => {
          errors.push(await failure(dataSource.query('/* rows */ COPY roles FROM STDIN')));
        },
        { user: ann },
      );
      expect(errors[0]!.message).toMatch('No source stream defined');
      await until(() => app.connectionsInUse === 0);
    },
  );

  describe('a stream that nobody reads', () => {
    beforeAll(() => {
      jest.spyOn(app.dataSource.driver, 'loadStreamDependency').mockReturnValue(UnreadStream);
    });
    afterAll(() => jest.restoreAllMocks());

    const stream = () => app.dataSource.createQueryRunner().stream('SELECT generate_series(1, 9)');

    it('fails its request, whose end would wait for it for ever', async () => {
      const slug = newSlug();
      const { status } = await app.request('POST', async () => {
        await insert(slug);
        await stream();
      });
      await expectCleanFailure(status, slug);
    });

    it('fails the statement behind it, in a nested transaction as well', async () => {
      const [slug, codes]: [string, unknown[]] = [newSlug(), []];
      const { status } = await app.request('POST', async ({ dataSource }) => {
        await insert(slug);
        await dataSource.transaction(async () => {
          await stream();
          codes.push((await failure(insert(newSlug()))).code);
        });
      });
      expect(codes).toEqual(['CONNECTION_BUSY']);
      await expectCleanFailure(status, slug);
    });

    it('is closed with its query runner, and does not hold up the connection’s next user', async () => {
      const runner = app.dataSource.createDetachedQueryRunner();
      await runner.stream('SELECT generate_series(1, 9)');
      await runner.release();
      await expectCleanFailure(500);
    });
  });

  it('an exhausted pool fails the request in time, and the others go on', async () => {
    const release = new Signal();
    const holders = [newSlug(), newSlug()];
    let holding = 0;
    const held = holders.map((slug) =>
      app.request('POST', async ({ dataSource }) => {
        await insert(slug);
        holding++;
        // Not idle: that would end the transaction.
        const busy = setInterval(
          () => void dataSource.query('SELECT 1').catch(() => undefined),
          100,
        );
        await release.given;
        clearInterval(busy);
      }),
    );
    await until(() => holding === 2);
    const slug = newSlug();
    const codes: unknown[] = [];
    const { status } = await app.request('POST', async () => {
      const error = await failure(insert(slug));
      codes.push(error.code);
      throw error;
    });
    expect(codes).toEqual(['POOL_EXHAUSTED']);
    release.give();
    expect((await Promise.all(held)).map((response) => response.status)).toEqual([201, 201]);
    await expectCleanFailure(status, slug);
    expect(await existing(database, ...holders)).toHaveLength(2);
  });
});
