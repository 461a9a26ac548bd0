import { Controller, Get, Injectable, Post } from '@nestjs/common';
import { NoTransaction, Transactional, type Role } from '@singr/database';
import { setTimeout as sleep } from 'node:timers/promises';
import { ann, from } from '../../support/people.js';
import { failure, Tools, useScriptedApp } from '../../support/scripted-app.js';
import { existing, newSlug, writersOf } from '../../support/trail.js';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { Signal } from './control.js';

/** Service methods as an application writes them; each takes what to do in it. */
@Injectable()
class Methods {
  @Transactional()
  required<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }

  @Transactional({ propagation: 'REQUIRES_NEW' })
  requiresNew<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }

  @Transactional({ propagation: 'NESTED' })
  nested<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }

  @Transactional({ propagation: 'MANDATORY' })
  mandatory<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }

  @NoTransaction()
  outside<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }

  @Transactional({ isolationLevel: 'SERIALIZABLE' })
  serializable<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }

  @Transactional({ isolationLevel: 'SERIALIZABLE', retries: 5 })
  retried<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }

  @Transactional({ retries: 3 })
  retriedAtDeadlocks<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }
}

let slugs: string[] = [];

class Failing {
  constructor(protected readonly tools: Tools) {}

  protected async writeAndFail(): Promise<Role> {
    await this.tools.roles.insert({ slug: slugs[0]! });
    throw new Error('after the write');
  }
}

@Controller('handlers')
class HandlerController extends Failing {
  constructor(tools: Tools) {
    super(tools);
  }

  @Get('transactional')
  @Transactional()
  transactional() {
    return this.writeAndFail();
  }

  @Transactional()
  @Get('transactional-above')
  transactionalAbove() {
    return this.writeAndFail();
  }

  @Post('without')
  @NoTransaction()
  without() {
    return this.writeAndFail();
  }

  @Post('new')
  @Transactional({ propagation: 'REQUIRES_NEW' })
  startsNew() {
    return this.writeAndFail();
  }

  @Post('serializable')
  @Transactional({ isolationLevel: 'SERIALIZABLE' })
  async serializable() {
    return this.tools.dataSource.query('SHOW transaction_isolation');
  }
}

@Controller('reading')
@Transactional()
class TransactionalController extends Failing {
  constructor(tools: Tools) {
    super(tools);
  }

  @Get()
  get() {
    return this.writeAndFail();
  }

  @Get('without')
  @NoTransaction()
  without() {
    return this.writeAndFail();
  }
}

@Controller('writing')
@NoTransaction()
class NoTransactionController extends Failing {
  constructor(tools: Tools) {
    super(tools);
  }

  @Post()
  post() {
    return this.writeAndFail();
  }
}

const isolation = 'SHOW transaction_isolation';

describe('@Transactional() and @NoTransaction()', () => {
  const database = useDatabase();
  const app = useScriptedApp(database, {
    controllers: [HandlerController, TransactionalController, NoTransactionController],
    providers: [Methods],
  });
  const methods = () => app.app.get(Methods);
  const insert = (slug: string) => app.tools.roles.insert({ slug });
  const fail = () => Promise.reject(new Error('as planned'));

  beforeEach(() => {
    slugs = [newSlug(), newSlug(), newSlug()];
  });

  describe('on a handler or a controller', () => {
    it.each([
      ['GET', '/handlers/transactional', 0],
      ['GET', '/handlers/transactional-above', 0],
      ['POST', '/handlers/without', 1],
      ['POST', '/handlers/new', 0],
      ['GET', '/reading', 0],
      ['GET', '/reading/without', 1],
      ['POST', '/writing', 1],
    ])(
      'decide about %s %s: of a handler that fails, %i write stays',
      async (method, path, stays) => {
        expect((await app.app.request(method, path, { headers: from(ann) })).status).toBe(500);
        expect(await existing(database, slugs[0]!)).toHaveLength(stays);
        if (stays === 1) expect(await writersOf(database, slugs[0]!)).toEqual([ann]);
      },
    );

    it('set the isolation level of the request', async () => {
      const { body } = await app.app.request('POST', '/handlers/serializable');
      expect(body).toEqual([{ transaction_isolation: 'serializable' }]);
    });
  });

  describe('on a provider’s method', () => {
    it('begin a transaction where there is none: in a GET and in a job', async () => {
      const [first, second] = slugs as [string, string];
      await app.request('GET', () =>
        methods().required(async () => {
          await insert(first);
          await fail();
        }),
      );
      await failure(
        methods().required(async () => {
          await insert(second);
          await fail();
        }),
      );
      expect(await existing(database, first, second)).toEqual([]);
    });

    it('keep the method’s name, receiver and result', async () => {
      expect(methods().required.name).toBe('required');
      expect(await methods().required(async () => 'the result')).toBe('the result');
    });

    it('REQUIRED joins: what it wrote goes with the transaction around', async () => {
      const [slug] = slugs as [string];
      await app.request('POST', async () => {
        await methods().required(() => insert(slug));
        await fail();
      });
      expect(await existing(database, slug)).toEqual([]);
    });

    it('MANDATORY joins, and refuses to run without a transaction', async () => {
      expect(await failure(methods().mandatory(() => insert(slugs[0]!)))).toMatchObject({
        code: 'TRANSACTION_REQUIRED',
      });
      await app.succeed('POST', () => methods().mandatory(() => insert(slugs[1]!)));
      expect(await existing(database, ...slugs)).toEqual([slugs[1]]);
    });

    it('NESTED undoes its own part only', async () => {
      const [first, second, third] = slugs as [string, string, string];
      await app.succeed('POST', async () => {
        await insert(first);
        await failure(
          methods().nested(async () => {
            await insert(second);
            await fail();
          }),
        );
        await insert(third);
      });
      expect(await existing(database, first, second, third)).toEqual([first, third].sort());
    });

    it('NESTED commits with the transaction around, and not before', async () => {
      const [slug] = slugs as [string];
      await app.request('POST', async () => {
        await methods().nested(() => insert(slug));
        await fail();
      });
      expect(await existing(database, slug)).toEqual([]);
    });

    it('refuse an isolation level that the transaction around does not have', async () => {
      const { body } = await app.request('POST', async () => {
        await insert(slugs[0]!);
        const error = await failure(methods().serializable(() => insert(slugs[1]!)));
        return { code: error.code };
      });
      expect(body).toEqual({ code: 'ISOLATION_LEVEL_CONFLICT' });
      expect(await existing(database, ...slugs)).toEqual([slugs[0]]);
    });

    it('join a transaction of the same isolation level', async () => {
      const levels = await methods().serializable(() =>
        methods().serializable(() => app.dataSource.query(isolation)),
      );
      expect(levels).toEqual([{ transaction_isolation: 'serializable' }]);
    });

    it('leave the isolation level of the next transaction alone', async () => {
      await methods().serializable(() => insert(slugs[0]!));
      expect(await methods().required(() => app.dataSource.query(isolation))).toEqual([
        { transaction_isolation: 'read committed' },
      ]);
    });

    it('outside every transaction, end the one around for their part', async () => {
      const codes: unknown[] = [];
      await app.request('GET', async () => {
        await methods().outside(async () => {
          codes.push((await failure(methods().mandatory(() => insert(slugs[0]!)))).code);
        });
      });
      expect(codes).toEqual(['TRANSACTION_REQUIRED']);
    });
  });
});

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

  describe('two transactions that collide', () => {
    /** Two that read what the other writes, so that the server has to refuse one. */
    async function writeSkew(
      run: (work: () => Promise<unknown>) => Promise<unknown>,
    ): Promise<{ attempts: number; results: PromiseSettledResult<unknown>[]; slugs: string[] }> {
      const slugs = [newSlug(), newSlug()];
      const bothHaveRead = new Signal();
      let attempts = 0;
      const work = (slug: string) => async () => {
        await app.dataSource.query('SELECT count(*) FROM roles');
        if (++attempts === 2) bothHaveRead.give();
        await bothHaveRead.given;
        await insert(slug);
      };
      const results = await Promise.allSettled(slugs.map((slug) => run(work(slug))));
      return { attempts, results, slugs };
    }

    it('end one of them with a serialization failure', async () => {
      const { results, slugs } = await writeSkew((work) => methods().serializable(work));
      expect(results.filter(({ status }) => status === 'rejected')).toMatchObject([
        { reason: { code: '40001' } },
      ]);
      expect(await existing(database, ...slugs)).toHaveLength(1);
    });

    it('both succeed when the refused one is retried as a whole', async () => {
      const { attempts, results, slugs } = await writeSkew((work) => methods().retried(work));
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
      expect(attempts).toBeGreaterThan(2);
      expect(await existing(database, ...slugs)).toHaveLength(2);
    });

    it('both succeed after a deadlock, and what the loser had written is there once', async () => {
      const [first, second] = [newSlug(), newSlug()] as const;
      await insert(first);
      await insert(second);
      const bothHaveOne = new Signal();
      let attempts = 0;
      const touch = (mine: string, theirs: string) => () =>
        methods().retriedAtDeadlocks(async () => {
          await app.tools.roles.update({ slug: mine }, { description: `by ${mine}` });
          if (++attempts === 2) bothHaveOne.give();
          await bothHaveOne.given;
          await app.tools.roles.update({ slug: theirs }, { description: `by ${mine}` });
        });
      await Promise.all([touch(first, second)(), touch(second, first)()]);
      expect(attempts).toBe(3);
      expect(await writersOf(database, first)).toHaveLength(3);
      expect(await writersOf(database, second)).toHaveLength(3);
    });

    it('are not retried without the option', async () => {
      let attempts = 0;
      const error = await failure(
        methods().required(async () => {
          attempts++;
          await app.dataSource.query(`DO $$ BEGIN RAISE SQLSTATE '40001'; END $$`);
        }),
      );
      expect([error.code, attempts]).toEqual(['40001', 1]);
    });

    it('give up after as many retries as the option says', async () => {
      let attempts = 0;
      const error = await failure(
        methods().retriedAtDeadlocks(async () => {
          attempts++;
          await app.dataSource.query(`DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$`);
        }),
      );
      expect([error.code, attempts]).toEqual(['40P01', 4]);
    });

    it('are retried for nothing else, nor for an error that is no object', async () => {
      let attempts = 0;
      for (const thrown of [new Error('anything'), null, undefined, 'text']) {
        await methods()
          .retriedAtDeadlocks(async () => {
            attempts++;
            // eslint-disable-next-line @typescript-eslint/only-throw-error -- what it is about
            throw thrown;
          })
          .then(
            () => fail('it succeeded'),
            (error: unknown) => expect(error).toBe(thrown),
          );
      }
      expect(attempts).toBe(4);
    });
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
