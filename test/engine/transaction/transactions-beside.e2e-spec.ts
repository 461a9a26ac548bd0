import { setTimeout as sleep } from 'node:timers/promises';
import { ann } from '../../support/people.js';
import { failure, useScriptedApp } from '../../support/scripted-app.js';
import { existing, newSlug, writersOf } from '../../support/trail.js';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { Signal } from './control.js';
import { Methods } from './methods.js';

describeOnServer('with connections to spare', () => {
  const database = useDatabase();
  const app = useScriptedApp(database, {
    providers: [Methods],
    databaseOptions: { poolSize: 4 },
  });
  const methods = () => app.app.get(Methods);
  const insert = (slug: string) => app.tools.roles.insert({ slug });

  it('REQUIRES_NEW commits whatever becomes of the transaction around, with the same actor', async () => {
    const [outer, inner] = [newSlug(), newSlug()] as const;
    await app.request(
      'POST',
      async () => {
        await insert(outer);
        await methods().requiresNew(() => insert(inner));
        throw new Error('as planned');
      },
      { user: ann },
    );
    expect(await existing(database, outer, inner)).toEqual([inner]);
    expect(await writersOf(database, inner)).toEqual([ann]);
  });

  it('REQUIRES_NEW in more requests at once than the pool has connections lets each of them finish', async () => {
    const slugs = Array.from({ length: 20 }, () => newSlug());
    const requests = slugs.map((slug) =>
      app.request('POST', async () => {
        await insert(`${slug}-outer`);
        await methods().requiresNew(() => insert(slug));
      }),
    );
    const statuses = (await Promise.all(requests)).map(({ status }) => status);
    expect(statuses).toEqual(slugs.map(() => 201));
    expect(await existing(database, ...slugs)).toHaveLength(20);
  });

  it('REQUIRES_NEW fails by itself: the transaction around goes on', async () => {
    const [outer, inner] = [newSlug(), newSlug()] as const;
    await app.succeed('POST', async () => {
      await failure(
        methods().requiresNew(async () => {
          await insert(inner);
          throw new Error('as planned');
        }),
      );
      await insert(outer);
    });
    expect(await existing(database, outer, inner)).toEqual([outer]);
  });

  it('the outer manager stays on the outer transaction inside REQUIRES_NEW, also for its own nested one', async () => {
    const [first, second] = [newSlug(), newSlug()] as const;
    await failure(
      app.dataSource.transaction(async (outer) => {
        await insert(newSlug());
        await methods().requiresNew(async () => {
          await outer.insert('roles', { slug: first });
          await outer.transaction((nested) => nested.insert('roles', { slug: second }));
        });
        throw new Error('as planned');
      }),
    );
    expect(await existing(database, first, second)).toEqual([]);
  });

  it('@NoTransaction() writes at once, whatever becomes of the transaction around, with the same actor', async () => {
    const [outer, inner] = [newSlug(), newSlug()] as const;
    await app.request(
      'POST',
      async () => {
        await insert(outer);
        await methods().outside(() => insert(inner));
        throw new Error('as planned');
      },
      { user: ann },
    );
    expect(await existing(database, outer, inner)).toEqual([inner]);
    expect(await writersOf(database, inner)).toEqual([ann]);
  });
});

describe('on a pool of one', () => {
  const database = useDatabase();
  const app = useScriptedApp(database, {
    providers: [Methods],
    databaseOptions: { poolSize: 1, connectTimeout: 3000 },
  });
  const methods = () => app.app.get(Methods);
  const insert = (slug: string) => app.tools.roles.insert({ slug });

  it.each(['requiresNew', 'outside'] as const)(
    '%s is refused inside a transaction that holds the connection, instead of waiting for ever',
    async (method) => {
      const [outer, inner] = [newSlug(), newSlug()] as const;
      const { body } = await app.request('POST', async () => {
        await insert(outer);
        return { code: (await failure(methods()[method](() => insert(inner)))).code };
      });
      expect(body).toEqual({ code: 'POOL_TOO_SMALL' });
      expect(await existing(database, outer, inner)).toEqual([outer]);
    },
  );

  it.each(['requiresNew', 'outside'] as const)(
    '%s beside a write that takes the connection at the same time runs or is refused, and does not wait',
    async (method) => {
      for (const delay of [0, 1, 2, 5]) {
        const { body } = await app.request('POST', async () => {
          const [code] = await Promise.all([
            sleep(delay).then(async () => {
              const call = methods()[method](() => insert(newSlug()));
              return call.then(
                () => 'ran',
                (error: { code?: string }) => error.code,
              );
            }),
            insert(newSlug()),
          ]);
          return { code };
        });
        expect(['ran', 'POOL_TOO_SMALL']).toContain(body.code);
      }
    },
  );

  it('REQUIRES_NEW runs where the transaction around has not begun', async () => {
    const slug = newSlug();
    await app.succeed('POST', () => methods().requiresNew(() => insert(slug)));
    expect(await existing(database, slug)).toEqual([slug]);
  });

  it('REQUIRES_NEW runs where the transaction around has given the connection back', async () => {
    const slug = newSlug();
    const [started, ended] = [new Signal(), new Signal()] as const;
    let nested: Promise<unknown> | undefined;
    await failure(
      app.dataSource.transaction(async () => {
        await insert(newSlug());
        nested = failure(
          app.dataSource.transaction(async () => {
            started.give();
            await ended.given;
            await methods().requiresNew(() => insert(slug));
          }),
        );
        await started.given;
        throw new Error('as planned');
      }),
    );
    ended.give();
    expect(await nested).toMatchObject({ code: 'TRANSACTION_ENDED' });
    expect(await existing(database, slug)).toEqual([slug]);
  });

  it('everything ordinary works', async () => {
    const slugs = [newSlug(), newSlug(), newSlug(), newSlug()] as const;
    await app.succeed(
      'POST',
      async ({ roles, dataSource }) => {
        await Promise.all([
          roles.save({ slug: slugs[0] }),
          methods().nested(() => insert(slugs[1])),
        ]);
        await dataSource.transaction((manager) => manager.save('Role', { slug: slugs[2] }));
        const queryRunner = dataSource.createQueryRunner();
        await queryRunner.query('INSERT INTO roles (slug) VALUES ($1)', [slugs[3]]);
        await queryRunner.release();
      },
      { user: ann },
    );
    expect(await existing(database, ...slugs)).toHaveLength(4);
    await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        app.succeed(i % 2 === 0 ? 'GET' : 'POST', () => insert(newSlug()), { user: ann }),
      ),
    );
  });
});
