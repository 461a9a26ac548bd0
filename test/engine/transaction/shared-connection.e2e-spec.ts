import { ActorContext, Role } from '@singr/database';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { QueryRunnerAlreadyReleasedError, type QueryRunner } from 'typeorm';
import { ann, bob } from '../../support/people.js';
import { failure, useScriptedApp } from '../../support/scripted-app.js';
import { existing, newSlug, writersOf } from '../../support/trail.js';
import { useDatabase } from '../../support/database.js';
import { Signal, until } from './control.js';

/** Everything here happens in one request, on one connection. */
describe('code that shares a request’s connection', () => {
  const database = useDatabase();
  const app = useScriptedApp(database, { databaseOptions: { poolSize: 2 } });
  const insert = (slug: string) => app.tools.roles.insert({ slug });
  let slugs: [string, string, string, string];

  beforeEach(() => {
    slugs = [newSlug(), newSlug(), newSlug(), newSlug()];
  });

  describe('nested transactions', () => {
    it('that run at the same time do not interleave: one fails, and the other’s writes stay', async () => {
      for (let i = 0; i < 10; i++) {
        const [good, bad] = [newSlug(), newSlug()] as const;
        await app.succeed('POST', ({ dataSource }) =>
          Promise.allSettled([
            dataSource.transaction(async () => {
              await insert(good);
              await sleep(3);
              await insert(`${good}-2`);
            }),
            dataSource.transaction(async () => {
              await insert(bad);
              await sleep(1);
              throw new Error('as planned');
            }),
          ]),
        );
        expect(await existing(database, good, `${good}-2`, bad)).toEqual([good, `${good}-2`]);
      }
    });

    it('do not roll back a write that runs in parallel', async () => {
      const [beside, inside] = slugs;
      await app.succeed('POST', ({ dataSource }) =>
        Promise.allSettled([
          dataSource.transaction(async () => {
            await insert(inside);
            await sleep(10);
            throw new Error('as planned');
          }),
          sleep(5).then(() => insert(beside)),
        ]),
      );
      expect(await existing(database, beside, inside)).toEqual([beside]);
    });

    it('do not wait for themselves when they use the outer manager', async () => {
      const [first, second, third] = slugs;
      await app.succeed('POST', ({ dataSource }) =>
        dataSource.transaction(async (outer) => {
          await outer.insert(Role, { slug: first });
          await outer.transaction(async (inner) => {
            await outer.insert(Role, { slug: second });
            await inner.insert(Role, { slug: third });
          });
        }),
      );
      expect(await existing(database, ...slugs)).toEqual([first, second, third].sort());
    });

    it('refuse work that continues after their rollback, with any manager', async () => {
      const [slug] = slugs;
      const codes: unknown[] = [];
      await app.succeed('POST', async ({ dataSource }) => {
        const fallen = new Signal();
        await dataSource.transaction(async (outer) => {
          const late: Promise<Error & { code?: string }>[] = [];
          const nested = outer.transaction(async (inner) => {
            for (const manager of [outer, inner, dataSource.manager]) {
              late.push(failure(fallen.given.then(() => manager.insert(Role, { slug }))));
            }
            throw new Error('as planned');
          });
          await failure(nested);
          fallen.give();
          codes.push(...(await Promise.all(late)).map(({ code }) => code));
        });
      });
      expect(codes).toEqual(['TRANSACTION_ENDED', 'TRANSACTION_ENDED', 'TRANSACTION_ENDED']);
      expect(await existing(database, slug)).toEqual([]);
    });

    it('fail as a whole when a statement in them failed and its error was caught', async () => {
      const [first, second] = slugs;
      await app.succeed('POST', async ({ dataSource }) => {
        await insert(first);
        await failure(
          dataSource.transaction(async () => {
            await insert(second);
            await insert(first).catch(() => undefined);
          }),
        );
      });
      expect(await existing(database, first, second)).toEqual([first]);
    });
  });

  it('a failed statement whose error was caught fails the transaction, and loses nothing silently', async () => {
    const [first, second] = slugs;
    const { status } = await app.request('POST', async () => {
      await insert(first);
      await insert(first).catch(() => undefined);
    });
    expect(status).toBe(500);
    expect(
      await failure(
        app.dataSource.transaction(async () => {
          await insert(second);
          await insert(second).catch(() => undefined);
        }),
      ),
    ).toMatchObject({ code: 'TRANSACTION_ABORTED' });
    expect(await existing(database, first, second)).toEqual([]);
  });

  describe('operations without await', () => {
    it('are committed with the others when the handler succeeds', async () => {
      const [first, second] = slugs;
      await app.succeed('POST', async ({ roles }) => {
        void roles.save({ slug: first });
        void insert(second);
      });
      expect(await existing(database, first, second)).toEqual([first, second].sort());
    });

    it('do not count as quiet while a statement of theirs runs or is queued', async () => {
      const [slug] = slugs;
      await app.succeed('POST', ({ dataSource }) => {
        const operation = async () => {
          const runner = dataSource.createQueryRunner();
          await runner.query('SELECT pg_sleep(1.2)');
          await runner.query('INSERT INTO roles (slug) VALUES ($1)', [slug]);
          await runner.release();
        };
        void operation().catch(() => undefined);
      });
      expect(await existing(database, slug)).toEqual([slug]);
    });

    it('are rolled back when the handler throws, and get an error', async () => {
      const outcomes: Promise<unknown>[] = [];
      await app.request('POST', async ({ roles }) => {
        for (const slug of slugs) outcomes.push(failure(roles.save({ slug })));
        throw new Error('as planned');
      });
      const errors = (await Promise.all(outcomes)) as { code?: string }[];
      expect(errors.at(-1)).toMatchObject({ code: 'TRANSACTION_ENDED' });
      expect(await existing(database, ...slugs)).toEqual([]);
    });

    it('that continue after a rollback are refused, also later ones of the same code', async () => {
      const [slug] = slugs;
      const ended = new Signal<unknown>();
      await app.request('POST', async ({ dataSource }) => {
        const operation = async () => {
          await dataSource.query('SELECT pg_sleep(0.2)');
          await insert(slug);
        };
        void failure(operation()).then(ended.give);
        await until(() => app.connectionsInUse === 1);
        throw new Error('as planned');
      });
      expect(await ended.given).toMatchObject({ code: 'TRANSACTION_ENDED' });
      expect(await existing(database, slug)).toEqual([]);
    });

    it('are part of the transaction as a whole, when one follows the other at the end of the handler', async () => {
      const [first, second] = slugs;
      const written = new Signal();
      await app.succeed('POST', () => {
        const operation = async () => {
          await insert(first);
          await app.tools.roles.update({ slug: first }, { slug: second });
        };
        void operation().then(written.give);
      });
      await written.given;
      expect(await existing(database, first, second)).toEqual([second]);
    });
  });

  describe('query runners of the application', () => {
    const by = (runner: QueryRunner, slug: string) =>
      runner.query('INSERT INTO roles (slug) VALUES ($1)', [slug]);

    it('are part of the request: their commits are rolled back when the handler throws', async () => {
      const [slug] = slugs;
      await app.request('POST', async ({ dataSource }) => {
        const runner = dataSource.createQueryRunner();
        await runner.connect();
        await runner.startTransaction();
        await by(runner, slug);
        await runner.commitTransaction();
        await runner.release();
        throw new Error('as planned');
      });
      expect(await existing(database, slug)).toEqual([]);
    });

    it('roll back only what they did since their start', async () => {
      const [before, inside, after] = slugs;
      await app.succeed('POST', async ({ dataSource }) => {
        await insert(before);
        const runner = dataSource.createQueryRunner();
        await runner.startTransaction();
        await by(runner, inside);
        await runner.rollbackTransaction();
        await by(runner, after);
        await runner.release();
      });
      expect(await existing(database, ...slugs)).toEqual([before, after].sort());
    });

    it('nest', async () => {
      const [outer, inner, last] = slugs;
      await app.succeed('POST', async ({ dataSource }) => {
        const runner = dataSource.createQueryRunner();
        await runner.startTransaction();
        await by(runner, outer);
        await runner.startTransaction();
        await by(runner, inner);
        await runner.rollbackTransaction();
        await by(runner, last);
        await runner.commitTransaction();
        await runner.release();
      });
      expect(await existing(database, ...slugs)).toEqual([outer, last].sort());
    });

    it('that end in the wrong order get an error, and nothing is lost silently', async () => {
      const codes: unknown[] = [];
      const { status } = await app.request('POST', async ({ dataSource }) => {
        const [first, second] = [dataSource.createQueryRunner(), dataSource.createQueryRunner()];
        await first.startTransaction();
        await second.startTransaction();
        await by(second, slugs[0]);
        await first.rollbackTransaction();
        const error = await failure(second.commitTransaction());
        codes.push(error.code);
        throw error;
      });
      expect([status, codes]).toEqual([500, ['SAVEPOINT_ORDER']]);
      expect(await existing(database, slugs[0])).toEqual([]);
    });

    it('cannot commit or roll back the request’s own transaction', async () => {
      for (const end of ['commitTransaction', 'rollbackTransaction'] as const) {
        const slug = newSlug();
        const { body } = await app.request('POST', async ({ dataSource }) => {
          await insert(slug);
          const runner = dataSource.createQueryRunner();
          const { name } = await failure(runner[end]());
          await runner.release();
          return { name };
        });
        expect(body).toEqual({ name: 'TransactionNotStartedError' });
        expect(await existing(database, slug)).toEqual([slug]);
      }
    });

    it('may be disposed of by "await using"', async () => {
      const [first, second] = slugs;
      await app.succeed('POST', async ({ dataSource }) => {
        const plain = dataSource.createQueryRunner();
        await by(plain, first);
        await plain[Symbol.asyncDispose]();
        const open = dataSource.createQueryRunner();
        await open.startTransaction();
        await by(open, second);
        await open[Symbol.asyncDispose]();
      });
      expect(await existing(database, first, second)).toEqual([first, second].sort());
    });

    it('refuse statements once they are released', async () => {
      const [slug] = slugs;
      await app.succeed('POST', async ({ dataSource }) => {
        const runner = dataSource.createQueryRunner();
        await runner.release();
        expect(await failure(by(runner, slug))).toBeInstanceOf(QueryRunnerAlreadyReleasedError);
      });
      expect(await existing(database, slug)).toEqual([]);
    });

    it('that are never released do not hold a request up for ever', async () => {
      const [slug] = slugs;
      await app.succeed('POST', ({ dataSource }) => by(dataSource.createQueryRunner(), slug));
      expect(await existing(database, slug)).toEqual([slug]);
    });
  });

  describe('outside any request', () => {
    it('a query runner gives its connection back after its last statement, and takes no other', async () => {
      const [slug] = slugs;
      const pool = app.dataSource.driver.master;
      const runner = app.dataSource.createQueryRunner();
      const written = runner.query('INSERT INTO roles (slug) VALUES ($1)', [slug]);
      await runner.release();
      expect([pool.totalCount - pool.idleCount, await existing(database, slug)]).toEqual([
        0,
        [slug],
      ]);
      await written;

      for (const late of [runner.startTransaction(), runner.query('SELECT 1')]) {
        expect(await failure(late)).toBeInstanceOf(QueryRunnerAlreadyReleasedError);
      }
      expect(pool.totalCount - pool.idleCount).toBe(0);
      await insert(`${slug}-2`);
      expect(await existing(database, `${slug}-2`)).toEqual([`${slug}-2`]);
    });

    it('a query runner that is released while it connects, or before, keeps no connection', async () => {
      const pool = app.dataSource.driver.master;
      const connecting = app.dataSource.createQueryRunner();
      const connected = connecting.connect();
      await connecting.release();
      await connected;

      const unused = app.dataSource.createQueryRunner();
      await unused.release();
      const used = app.dataSource.createQueryRunner();
      await used.query('SELECT 1');
      await used.release();
      for (const late of [unused.connect(), used.connect(), unused.commitTransaction()]) {
        expect(await failure(late)).toBeInstanceOf(QueryRunnerAlreadyReleasedError);
      }
      expect(pool.totalCount - pool.idleCount).toBe(0);
      expect(app.dataSource.driver.connectedQueryRunners).toEqual([]);
    });

    it('a stream beside a write does not have the write’s actor', async () => {
      const [slug] = slugs;
      const { subscribers } = app.dataSource;
      const started = new Signal();
      subscribers.push({ beforeQuery: () => (started.give(), sleep(5)) });
      const runner = app.dataSource.createQueryRunner();
      try {
        const written = ActorContext.run({ userId: ann }, () =>
          runner.query('INSERT INTO roles (slug) VALUES ($1)', [slug]),
        );
        await started.given;
        const [, rows] = await Promise.all([written, runner.stream('SELECT 1')]);
        await once(rows.resume(), 'end');
      } finally {
        subscribers.pop();
        await runner.release();
      }
      expect(await writersOf(database, slug)).toEqual([ann]);
    });

    it('a query runner released with its transaction open leaves neither the row nor the transaction to the next', async () => {
      const [leaked, next] = slugs;
      const runner = app.dataSource.createQueryRunner();
      await runner.startTransaction();
      await runner.query('INSERT INTO roles (slug) VALUES ($1)', [leaked]);
      await runner.release();
      for (let i = 0; i < 3; i++) {
        await ActorContext.run({ userId: bob }, () => insert(`${next}-${i}`));
      }
      const found = await existing(database, leaked, `${next}-0`, `${next}-1`, `${next}-2`);
      expect(found).toEqual([`${next}-0`, `${next}-1`, `${next}-2`]);
    });

    it('a subscriber that fails as the transaction starts leaves no open transaction to the next', async () => {
      const [lost, next] = slugs;
      const subscriber = {
        afterTransactionStart: () => Promise.reject(new Error('the subscriber fails')),
      };
      app.dataSource.subscribers.push(subscriber);
      try {
        await failure(app.dataSource.transaction(() => insert(lost)));
      } finally {
        app.dataSource.subscribers.splice(app.dataSource.subscribers.indexOf(subscriber), 1);
      }
      for (let i = 0; i < 3; i++) await insert(`${next}-${i}`);
      expect(await existing(database, lost, `${next}-0`, `${next}-1`, `${next}-2`)).toHaveLength(3);
    });
  });

  it('gives the connection back after all of this', async () => {
    await until(() => app.connectionsInUse === 0);
  });
});
