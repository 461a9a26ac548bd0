import {
  BadRequestException,
  Catch,
  Controller,
  Get,
  HttpException,
  Injectable,
  Post,
  RequestTimeoutException,
  Res,
  Sse,
  StreamableFile,
  UseFilters,
  UseInterceptors,
  type ArgumentsHost,
  type CallHandler,
  type ExceptionFilter,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import type { Role } from '@singr/database';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  catchError,
  concatMap,
  from as each,
  map,
  retry,
  throwError,
  timeout,
  TimeoutError,
} from 'rxjs';
import { ann, from } from '../../support/people.js';
import { Tools, useScriptedApp } from '../../support/scripted-app.js';
import { existing, newSlug, trailOf, writersOf } from '../../support/trail.js';
import { isEmbedded, useDatabase } from '../../support/database.js';
import { Signal, until } from './control.js';

/** Registered by the application's root module, so that it is around the module's own interceptor. */
@Injectable()
class TimeoutInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler) {
    const limit = context.switchToHttp().getRequest().headers['x-timeout'];
    if (limit === undefined) return next.handle();
    return next.handle().pipe(
      timeout(Number(limit)),
      catchError((error: Error) =>
        throwError(() => (error instanceof TimeoutError ? new RequestTimeoutException() : error)),
      ),
    );
  }
}

/** The same: tries a handler that fails as often as a request asks for. */
@Injectable()
class RetryingInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler) {
    const retries = context.switchToHttp().getRequest().headers['x-retries'];
    return retries === undefined ? next.handle() : next.handle().pipe(retry(Number(retries)));
  }
}

@Injectable()
class FailingMapper implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler) {
    return next.handle().pipe(
      map(() => {
        throw new BadRequestException('the response cannot be mapped');
      }),
    );
  }
}

@Catch()
class ForgivingFilter implements ExceptionFilter {
  catch(error: Error, host: ArgumentsHost) {
    host.switchToHttp().getResponse().status(200).json({ forgiven: error.message });
  }
}

/** The rows that the handlers below write. */
let slugs: string[] = [];

@Controller()
class UnusualController {
  constructor(private readonly tools: Tools) {}

  private save(slug: string): Promise<Role> {
    return this.tools.roles.save({ slug });
  }

  @Post('mapped')
  @UseInterceptors(FailingMapper)
  mapped() {
    return this.save(slugs[0]!);
  }

  @Post('filtered')
  @UseFilters(ForgivingFilter)
  async filtered() {
    await this.save(slugs[0]!);
    throw new Error('after the write');
  }

  @Sse('events')
  events() {
    return each(slugs).pipe(
      concatMap(async (slug, index) => {
        if (index === slugs.length - 1) throw new Error('the stream breaks off');
        await this.save(slug);
        return { data: slug };
      }),
    );
  }

  @Post('file')
  async file() {
    await this.save(slugs[0]!);
    return new StreamableFile(Readable.from(['a file', ' in pieces']));
  }

  @Post('by-hand')
  async byHand(@Res() response: any) {
    await this.save(slugs[0]!);
    response.status(201).send('by hand');
    await this.save(slugs[1]!);
  }

  @Post('by-hand/failing')
  async failingByHand(@Res() response: any) {
    await this.save(slugs[0]!);
    response.status(201).send('by hand');
    throw new HttpException('after the response', 500);
  }

  @Post('observable')
  observable() {
    return each(slugs).pipe(concatMap((slug) => this.save(slug)));
  }

  @Post('observable/failing')
  failingObservable() {
    return each(slugs).pipe(
      concatMap(async (slug, index) => {
        await this.save(slug);
        if (index === 1) throw new BadRequestException();
        return slug;
      }),
    );
  }

  @Get('observable')
  reading() {
    return each(slugs).pipe(concatMap((slug) => this.save(slug)));
  }
}

describe('the transaction of a request', () => {
  const database = useDatabase();
  const app = useScriptedApp(database, {
    controllers: [UnusualController],
    providers: [
      { provide: APP_INTERCEPTOR, useClass: TimeoutInterceptor },
      { provide: APP_INTERCEPTOR, useClass: RetryingInterceptor },
    ],
    databaseOptions: { poolSize: 2 },
  });

  const post = (path: string) => app.app.request('POST', path, { headers: from(ann) });

  beforeEach(() => {
    slugs = [newSlug(), newSlug(), newSlug()];
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'] as const)('is there for %s', async (method) => {
    const [first, second] = slugs as [string, string, string];
    const { status } = await app.request(method, async ({ roles, dataSource }) => {
      await roles.insert({ slug: first });
      await dataSource.query('INSERT INTO roles (slug) VALUES ($1)', [second]);
      throw new BadRequestException();
    });
    expect(status).toBe(400);
    expect(await existing(database, first, second)).toEqual([]);
  });

  it('is not there for GET: each write commits by itself', async () => {
    const [slug] = slugs as [string];
    const { status } = await app.request('GET', async ({ roles }) => {
      await roles.insert({ slug });
      throw new BadRequestException();
    });
    expect(status).toBe(400);
    expect(await existing(database, slug)).toEqual([slug]);
  });

  it('puts the writes of a request into one transaction of the database', async () => {
    const [first, second] = slugs as [string, string];
    await app.succeed('POST', async ({ roles, dataSource }) => {
      await roles.save({ slug: first });
      await dataSource
        .createQueryBuilder()
        .insert()
        .into('roles')
        .values({ slug: second })
        .execute();
    });
    const transactions = await database.query(
      `SELECT count(DISTINCT transaction_id)::int AS count FROM audit_logs
       WHERE new_data ->> 'slug' IN ($1, $2)`,
      [first, second],
    );
    expect(transactions).toEqual([{ count: 1 }]);
  });

  it('begins with the first query, so that a handler that waits for something else holds no connection', async () => {
    const arrived = new Signal();
    const answer = new Signal();
    const response = app.request('POST', async ({ roles }) => {
      arrived.give();
      await answer.given;
      await roles.insert({ slug: slugs[0]! });
      return app.connectionsInUse;
    });
    await arrived.given;
    expect(app.connectionsInUse).toBe(0);
    answer.give();
    expect((await response).body).toBe('1');
  });

  it('never begins in a handler that queries nothing', async () => {
    const connects = jest.spyOn(app.dataSource, 'createDetachedQueryRunner');
    const { body } = await app.request('POST', () => ({ nothing: 'to do' }));
    expect(body).toEqual({ nothing: 'to do' });
    expect(connects).not.toHaveBeenCalled();
    connects.mockRestore();
  });

  it('is committed before the response is sent', async () => {
    const [slug] = slugs as [string];
    for (let i = 0; i < 20; i++) {
      await app.succeed('POST', ({ roles }) => roles.insert({ slug: `${slug}-${i}` }));
      // The client's next request, on another connection, must find it.
      expect(await existing(database, `${slug}-${i}`)).toHaveLength(1);
    }
  });

  it('fails the request when its commit fails', async () => {
    await database.query(`
      CREATE TABLE kept_promises (id int PRIMARY KEY REFERENCES kept_promises (id));
      ALTER TABLE kept_promises ADD other int REFERENCES kept_promises (id) DEFERRABLE INITIALLY DEFERRED`);
    const [slug] = slugs as [string];
    const { status } = await app.request('POST', async ({ roles, dataSource }) => {
      await roles.insert({ slug });
      await dataSource.query('INSERT INTO kept_promises VALUES (1, 2)');
    });
    expect(status).toBe(500);
    expect(await existing(database, slug)).toEqual([]);
  });

  it('is rolled back when an interceptor around it times out, also while the handler goes on', async () => {
    const [first, second] = slugs as [string, string];
    const late = new Signal<unknown>();
    const { status } = await app.request(
      'POST',
      async ({ roles }) => {
        await roles.insert({ slug: first });
        await sleep(150);
        late.give(await roles.insert({ slug: second }).catch((error: unknown) => error));
      },
      { headers: { 'x-timeout': '50' } },
    );
    expect(status).toBe(408);
    await until(() => app.connectionsInUse === 0);
    expect(await existing(database, first, second)).toEqual([]);
    expect(await late.given).toMatchObject({ code: 'TRANSACTION_ENDED' });
    expect(await existing(database, first, second)).toEqual([]);
  });

  it('gives its connection back at the time-out when the handler waits inside a nested transaction', async () => {
    const [slug] = slugs as [string];
    const wakeUp = new Signal();
    const { status } = await app.request(
      'POST',
      ({ roles, dataSource }) =>
        dataSource.transaction(async () => {
          await roles.insert({ slug });
          await wakeUp.given;
        }),
      { headers: { 'x-timeout': '50' } },
    );
    expect(status).toBe(408);
    try {
      await until(() => app.connectionsInUse === 0, 2000);
    } finally {
      wakeUp.give();
    }
    expect(await existing(database, slug)).toEqual([]);
  });

  it('is a new one, of the same actor, when an interceptor around tries the handler again', async () => {
    const [first, second, third] = slugs as [string, string, string];
    const tried: string[] = [];
    const work = async ({ roles }: Tools) => {
      const slug = [first, second, third][tried.length]!;
      tried.push(slug);
      await roles.insert({ slug });
      if (slug !== third) throw new BadRequestException();
    };
    const options = { user: ann, headers: { 'x-retries': '2' } };
    expect((await app.request('POST', work, options)).status).toBe(201);
    expect(tried).toEqual([first, second, third]);
    expect(await existing(database, ...slugs)).toEqual([third]);
    expect(await writersOf(database, third)).toEqual([ann]);
  });

  it('is rolled back when an interceptor inside it cannot map the response', async () => {
    expect((await post('/mapped')).status).toBe(400);
    expect(await existing(database, ...slugs)).toEqual([]);
  });

  it('is rolled back when the handler throws, whatever an exception filter answers', async () => {
    const { status, body } = await post('/filtered');
    expect([status, body]).toEqual([200, { forgiven: 'after the write' }]);
    expect(await existing(database, ...slugs)).toEqual([]);
  });

  it('finishes and commits when the client disconnects', async () => {
    const [first, second] = slugs as [string, string];
    const arrived = new Signal();
    const client = new AbortController();
    const response = app.request(
      'POST',
      async ({ roles }) => {
        await roles.insert({ slug: first });
        arrived.give();
        await sleep(100);
        await roles.insert({ slug: second });
      },
      { user: ann, signal: client.signal },
    );
    await arrived.given;
    client.abort();
    await expect(response).rejects.toThrow('abort');
    await until(async () => (await existing(database, second)).length === 1);
    expect(await writersOf(database, first)).toEqual([ann]);
    expect(await writersOf(database, second)).toEqual([ann]);
  });

  it('is not there for server-sent events: each write commits by itself, with the actor', async () => {
    await app.app.request('GET', '/events', { headers: from(ann) }).catch(() => undefined);
    expect(await existing(database, ...slugs)).toEqual(slugs.slice(0, 2).sort());
    expect(await trailOf(database, slugs[0]!)).toMatchObject([
      { writer: ann, route: 'GET /events' },
    ]);
  });

  it('is committed before a streamed file is sent', async () => {
    const { status, body } = await post('/file');
    expect([status, body]).toEqual([201, 'a file in pieces']);
    expect(await existing(database, slugs[0]!)).toEqual([slugs[0]]);
  });

  it('commits when the handler’s promise resolves, though @Res() has answered before', async () => {
    const { body } = await post('/by-hand');
    expect(body).toBe('by hand');
    await until(async () => (await existing(database, slugs[1]!)).length === 1);
    expect(await existing(database, ...slugs)).toEqual(slugs.slice(0, 2).sort());
  });

  it('is rolled back when the handler throws, though @Res() has answered before', async () => {
    expect((await post('/by-hand/failing')).status).toBe(201);
    await until(() => app.connectionsInUse === 0);
    expect(await existing(database, ...slugs)).toEqual([]);
  });

  it('lasts until an Observable of several values is complete', async () => {
    expect(await post('/observable')).toMatchObject({ status: 201, body: { slug: slugs[2] } });
    expect(await existing(database, ...slugs)).toEqual([...slugs].sort());
    expect(await writersOf(database, slugs[2]!)).toEqual([ann]);
  });

  it('is rolled back when an Observable fails after some of its values', async () => {
    expect((await post('/observable/failing')).status).toBe(400);
    expect(await existing(database, ...slugs)).toEqual([]);
  });

  it('is absent from an Observable of a GET, whose writes have the actor', async () => {
    await app.app.request('GET', '/observable', { headers: from(ann) });
    expect(await writersOf(database, slugs[2]!)).toEqual([ann]);
  });

  it('returns an empty response for undefined', async () => {
    expect(await app.request('POST', () => undefined)).toMatchObject({ status: 201, body: '' });
  });

  it('gives its connection back after success and failure alike', async () => {
    for (let i = 0; i < 5; i++) {
      await app.request('POST', ({ roles }) => roles.insert({ slug: newSlug() }));
      await app.request('POST', async ({ roles }) => {
        await roles.insert({ slug: newSlug() });
        throw new Error('failing');
      });
    }
    expect(app.connectionsInUse).toBe(0);
    expect(app.dataSource.driver.master.totalCount).toBeLessThanOrEqual(isEmbedded ? 1 : 2);
  });

  // Both at once, because each takes more than ten seconds.
  it('leaves a timer that a POST or a GET started to nobody, when that was given up and never ends', async () => {
    const leaveTimer = async (method: 'POST' | 'GET', slug: string) => {
      const late = new Signal<unknown>();
      const { status } = await app.request(
        method,
        async ({ roles }) => {
          setTimeout(() => void roles.insert({ slug }).then(late.give, late.give), 10_500);
          await new Promise(() => undefined);
        },
        { user: ann, headers: { 'x-timeout': '50' } },
      );
      expect(status).toBe(408);
      await late.given;
      return writersOf(database, slug);
    };
    const [first, second] = slugs as [string, string];
    expect(await Promise.all([leaveTimer('POST', first), leaveTimer('GET', second)])).toEqual([
      [null],
      [null],
    ]);
  });
});
