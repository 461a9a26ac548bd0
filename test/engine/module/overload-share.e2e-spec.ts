import { APP_FILTER } from '@nestjs/core';
import { OverloadFilter, Transactional, type DatabaseDataSource } from '@singr/database';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { useScriptedApp, type Work } from '../../support/scripted-app.js';
import type { TestResponse } from '../../support/test-app.js';
import { Signal, until } from '../transaction/control.js';

const query: Work = ({ dataSource }) => dataSource.query('SELECT 1 AS one');

class Nested {
  @Transactional({ propagation: 'REQUIRES_NEW' })
  async run(dataSource: DatabaseDataSource) {
    return dataSource.query('SELECT 1 AS one');
  }
}

describeOnServer('with a share of the pool for each user', () => {
  const database = useDatabase();
  const app = useScriptedApp(database, {
    providers: [{ provide: APP_FILTER, useClass: OverloadFilter }],
    databaseOptions: {
      poolSize: 4,
      overload: { after: 30, share: 0.5, key: (request) => request.user?.id },
    },
  });
  const ann = { user: '00000000-0000-4000-8000-000000000001' };
  const bob = { user: '00000000-0000-4000-8000-000000000002' };

  /** A request that holds its connection until `open`. */
  const hold =
    (opened: Promise<void>): Work =>
    async ({ dataSource }) => {
      await dataSource.query('SELECT 1');
      await opened;
    };

  it('the requests of one wait for each other, and then get 429, while others are served', async () => {
    const end = new Signal();
    const held = [1, 2].map(() => app.request('POST', hold(end.given), ann));
    await until(async () => app.connectionsInUse === 2);
    const third = app.request('GET', query, ann);

    // Each of these waits too, until the third one has waited for long enough.
    let refused: TestResponse | undefined;
    const waiting: Promise<unknown>[] = [];
    await until(async () => {
      const more = app.request('GET', query, ann);
      waiting.push(more.then((answer) => answer.status === 429 && (refused = answer)));
      return refused !== undefined;
    });
    const { status, headers, body } = refused!;
    expect([status, headers.get('retry-after'), body.code]).toEqual([
      429,
      '2',
      'POOL_SHARE_EXHAUSTED',
    ]);
    // The pool has connections, so nobody else is turned away.
    expect(app.dataSource.isOverloaded).toBe(false);
    expect((await app.request('GET', query, bob)).status).toBe(200);
    expect((await app.request('GET', query)).status).toBe(200);

    end.give();
    expect((await third).status).toBe(200);
    await Promise.all(waiting);
    for (const { status } of await Promise.all(held)) expect(status).toBe(201);
    expect((await app.request('GET', query, ann)).status).toBe(200);
  });

  it('a transaction gets its second connection beyond the share, so that it can end', async () => {
    const end = new Signal();
    const work: Work = async ({ dataSource }) => {
      await dataSource.query('SELECT 1');
      await end.given;
      return await new Nested().run(dataSource);
    };
    const held = [1, 2].map(() => app.request('POST', work, ann));
    await until(async () => app.connectionsInUse === 2);
    end.give();
    for (const { status } of await Promise.all(held)) expect(status).toBe(201);
  });

  it('code outside any request has no limit', async () => {
    // One of the four is reserved for second connections.
    const held = [1, 2, 3].map(() => app.dataSource.createQueryRunner());
    await Promise.all(held.map((queryRunner) => queryRunner.connect()));
    expect(app.connectionsInUse).toBe(3);
    await Promise.all(held.map((queryRunner) => queryRunner.release()));
  });
});
