import { Controller, Get, Post } from '@nestjs/common';
import { NoTransaction, Transactional, type Role } from '@singr/database';
import { ann, from } from '../../support/people.js';
import { failure, Tools, useScriptedApp } from '../../support/scripted-app.js';
import { existing, newSlug, writersOf } from '../../support/trail.js';
import { useDatabase } from '../../support/database.js';
import { Methods } from './methods.js';

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

    it('REQUIRED joins: its writes are rolled back with the outer transaction', async () => {
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
