import { setTimeout as sleep } from 'node:timers/promises';
import { ann, bob } from '../../support/people.js';
import { failure, ScriptedApp } from '../../support/scripted-app.js';
import { existing, newSlug, writersOf } from '../../support/trail.js';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { Signal } from './control.js';
import { startSlowServer } from './slow-server.js';

/** The driver rejects a query at its error, when it does not know the transaction's state yet. */
describeOnServer('when the server’s "ready" comes later than its error', () => {
  const database = useDatabase();
  const app = new ScriptedApp();
  let stop: () => Promise<void>;

  beforeAll(async () => {
    const slow = await startSlowServer(database.url, 15);
    stop = slow.stop;
    await app.start(database, { databaseOptions: { url: slow.url, poolSize: 1 } });
    await database.query(
      `CREATE TABLE promises (id int PRIMARY KEY,
         other int REFERENCES promises (id) DEFERRABLE INITIALLY DEFERRED)`,
    );
  });

  afterAll(async () => {
    await app.app.close();
    await stop();
  });

  it('a caught failure at the end of a transaction is reported', async () => {
    const slug = newSlug();
    const error = await failure(
      app.dataSource.transaction(async () => {
        await app.tools.roles.insert({ slug });
        await app.tools.roles.insert({ slug }).catch(() => undefined);
      }),
    );
    expect(error).toMatchObject({ code: 'TRANSACTION_ABORTED' });
    expect(await existing(database, slug)).toEqual([]);
  });

  it('a caught failure on the client of connect() is reported', async () => {
    const slug = newSlug();
    const error = await failure(
      app.dataSource.transaction(async ({ queryRunner }) => {
        await app.tools.roles.insert({ slug });
        const client = await queryRunner!.connect();
        await client.query('SELECT 1 / 0').catch(() => undefined);
      }),
    );
    expect(error).toMatchObject({ code: 'TRANSACTION_ABORTED' });
    expect(await existing(database, slug)).toEqual([]);
  });

  it('the next user of a connection is recorded correctly after a failed commit', async () => {
    const slug = newSlug();
    const [failed] = await Promise.all([
      app.request(
        'POST',
        ({ dataSource }) => dataSource.query('INSERT INTO promises VALUES (1, 2)'),
        {
          user: ann,
        },
      ),
      ...[1, 2, 3].map((i) =>
        app.request('GET', ({ roles }) => roles.insert({ slug: `${slug}-${i}` }), { user: bob }),
      ),
    ]);
    expect(failed.status).toBe(500);
    for (const i of [1, 2, 3]) expect(await writersOf(database, `${slug}-${i}`)).toEqual([bob]);
  });

  it('the next user of a connection is recorded correctly after a failed statement', async () => {
    for (const method of ['GET', 'POST'] as const) {
      const slug = newSlug();
      await Promise.all([
        app.request(method, ({ roles }) => roles.insert({ slug: null as any }), { user: ann }),
        ...[1, 2, 3].map((i) =>
          app.request('GET', ({ roles }) => roles.insert({ slug: `${slug}-${i}` }), { user: bob }),
        ),
      ]);
      for (const i of [1, 2, 3]) expect(await writersOf(database, `${slug}-${i}`)).toEqual([bob]);
    }
  });

  it('a transaction that ends during its nested ones sends nothing on the connection of the next', async () => {
    const slug = newSlug();
    const fallingBack = new Signal();
    const given = app.request(
      'POST',
      async ({ dataSource, roles }) => {
        const nested = dataSource.transaction(() =>
          dataSource.transaction(async () => {
            await roles.insert({ slug });
            fallingBack.give();
            throw new Error('as planned');
          }),
        );
        void nested.catch(() => undefined);
        await fallingBack.given;
        await sleep(5);
        throw new Error('while the innermost falls back to its savepoint');
      },
      { user: ann },
    );
    await fallingBack.given;
    const next = app.request(
      'POST',
      async ({ roles }) => {
        await roles.insert({ slug: `${slug}-1` });
        await roles.insert({ slug: `${slug}-2` });
      },
      { user: bob },
    );
    expect((await given).status).toBe(500);
    expect((await next).status).toBe(201);
    expect(await existing(database, slug, `${slug}-1`, `${slug}-2`)).toEqual([
      `${slug}-1`,
      `${slug}-2`,
    ]);
  });
});
