import { Logger } from '@nestjs/common';
import { ActorContext } from '@singr/database';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { RecordingLogger } from '../../support/recording-logger.js';
import { Signal, until } from '../transaction/control.js';
import { ann, bob } from '../../support/people.js';
import { failure, useScriptedApp } from '../../support/scripted-app.js';
import { existing, newSlug, writersOf } from '../../support/trail.js';

/** Runs one task after another, each from the end of the one before, as p-queue does. */
class Queue {
  private readonly waiting: (() => void)[] = [];
  private isBusy = false;

  add<T>(task: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.waiting.push(() => {
        void task()
          .then(resolve, reject)
          .finally(() => this.next());
      });
      if (!this.isBusy) this.next();
    });
  }

  private next(): void {
    const start = this.waiting.shift();
    this.isBusy = start !== undefined;
    start?.();
  }
}

describeOnServer('code that runs in the context of something else', () => {
  const database = useDatabase();
  const app = useScriptedApp(database, { databaseOptions: { poolSize: 3 } });
  const insert = (slug: string) => app.tools.roles.insert({ slug });

  it('writes as the user whose request opened a stream, from the stream’s listeners', async () => {
    // A request of Ann's is the first to use the connection.
    await app.succeed('POST', () => insert(newSlug()), { user: ann });
    for (const method of ['GET', 'POST'] as const) {
      const slugs = [newSlug(), newSlug(), newSlug()];
      await app.succeed(
        method,
        async ({ dataSource }) => {
          const reader = dataSource.createDetachedQueryRunner();
          const stream = await reader.stream('SELECT generate_series(0, 2) AS n');
          const writes: Promise<unknown>[] = [];
          stream.on('data', (row: any) => writes.push(insert(slugs[row.n]!)));
          await once(stream, 'end');
          await Promise.all(writes);
          await reader.release();
        },
        { user: bob },
      );
      for (const slug of slugs) expect(await writersOf(database, slug)).toEqual([bob]);
    }
  });

  it('runs the callback of a query in the context of the code that sent it', async () => {
    await app.succeed('POST', () => insert(newSlug()), { user: ann });
    let actor: unknown;
    await app.succeed(
      'GET',
      async ({ dataSource }) => {
        const runner = dataSource.createQueryRunner();
        const client = await runner.connect();
        await new Promise<void>((resolve) => {
          client.query('SELECT 1', () => {
            actor = ActorContext.current();
            resolve();
          });
        });
        await runner.release();
      },
      { user: bob },
    );
    expect(actor).toEqual({ userId: bob });
  });

  it('writes as its own user when it was bound before a queue ran it from another’s task', async () => {
    const queue = new Queue();
    const [annsSlug, bobsSlug] = [newSlug(), newSlug()];
    const bobIsQueued = new Signal();
    const failing = app.request(
      'POST',
      async () => {
        await queue.add(async () => {
          await insert(annsSlug);
          await bobIsQueued.given;
        });
        await sleep(30);
        throw new Error('as planned');
      },
      { user: ann },
    );
    const succeeding = app.succeed(
      'POST',
      async () => {
        const written = queue.add(ActorContext.bind(() => insert(bobsSlug)));
        bobIsQueued.give();
        await written;
      },
      { user: bob },
    );
    expect((await failing).status).toBe(500);
    await succeeding;
    expect(await existing(database, annsSlug, bobsSlug)).toEqual([bobsSlug]);
    expect(await writersOf(database, bobsSlug)).toEqual([bob]);
  });

  describe.each(['commits', 'fails'])(
    'a timer that a request started, which then %s',
    (outcome) => {
      it('writes without an actor, and a warning names the place', async () => {
        const logger = new RecordingLogger();
        Logger.overrideLogger(logger);
        const pending: string[] = [];
        const flush = async () => {
          for (const slug of pending.splice(0)) await insert(slug);
        };
        let timer: NodeJS.Timeout | undefined;
        await app.request(
          'POST',
          async () => {
            await insert(newSlug());
            timer = setInterval(() => void flush(), 10);
            if (outcome === 'fails') throw new Error('as planned');
          },
          { user: ann },
        );
        await sleep(100);
        const slug = newSlug();
        await app.succeed('POST', () => void pending.push(slug), { user: bob });
        await until(async () => (await existing(database, slug)).length === 1);
        clearInterval(timer);
        Logger.overrideLogger(false);
        expect(await writersOf(database, slug)).toEqual([null]);
      });
    },
  );

  it('has no actor in ActorContext.exit(), and is outside the transaction', async () => {
    const slug = newSlug();
    await app.request(
      'POST',
      async () => {
        await ActorContext.exit(() => insert(slug));
        throw new Error('as planned');
      },
      { user: ann },
    );
    expect(await writersOf(database, slug)).toEqual([null]);
  });

  it('writes as the actor of ActorContext.set(), for the rest of the request', async () => {
    const [before, after] = [newSlug(), newSlug()];
    await app.succeed('POST', async () => {
      await insert(before);
      ActorContext.set({ userId: bob });
      await insert(after);
    });
    expect(await writersOf(database, before)).toEqual([null]);
    expect(await writersOf(database, after)).toEqual([bob]);
    expect(() => ActorContext.set({ userId: bob })).toThrow(
      expect.objectContaining({ code: 'NO_ACTOR_CONTEXT' }),
    );
  });

  it('keeps its actor after RESET ALL and set_config() in the same request', async () => {
    const slugs = [newSlug(), newSlug()] as const;
    await app.succeed(
      'POST',
      async ({ dataSource }) => {
        await insert(newSlug());
        await dataSource.query('RESET ALL');
        await insert(slugs[0]);
        await dataSource.query(`SELECT set_config('app.current_user_id', '', true)`);
        await insert(slugs[1]);
      },
      { user: ann },
    );
    for (const slug of slugs) expect(await writersOf(database, slug)).toEqual([ann]);
  });

  it('gets CONNECTION_LOST when the server ends its connection between two statements', async () => {
    const codes: unknown[] = [];
    const { status } = await app.request('POST', async ({ dataSource }) => {
      const [row] = await dataSource.query('SELECT pg_backend_pid() AS pid');
      await database.query(`SELECT pg_terminate_backend(${row.pid})`);
      await sleep(50);
      const error = await failure(insert(newSlug()));
      codes.push(error.code);
      throw error;
    });
    expect([status, codes]).toEqual([500, ['CONNECTION_LOST']]);
    expect(app.connectionsInUse).toBe(0);
  });

  it('fails, and frees its connection, when a nested transaction waits on one that is gone', async () => {
    const outcome = app.request('POST', async ({ dataSource }) => {
      const [row] = await dataSource.query('SELECT pg_backend_pid() AS pid');
      await dataSource.transaction(async (manager) => {
        await manager.query('SELECT 1');
        await database.query(`SELECT pg_terminate_backend(${row.pid})`);
        await ActorContext.bind(() => insert(newSlug()))();
      });
    });
    expect((await outcome).status).toBe(500);
    expect(app.connectionsInUse).toBe(0);
  });
});
