import { once } from 'node:events';
import {
  BadRequestException,
  Body,
  Catch,
  Controller,
  Get,
  Injectable,
  Module,
  Post,
  Scope,
  UseFilters,
  UseGuards,
  type ArgumentsHost,
  type BeforeApplicationShutdown,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type MiddlewareConsumer,
  type NestInterceptor,
} from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR } from '@nestjs/core';
import { WsAdapter } from '@nestjs/platform-ws';
import { InjectRepository } from '@nestjs/typeorm';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { ActorContext, Role } from '@singr/database';
import { lastValueFrom, mergeMap, of, Subject, take, type Observable } from 'rxjs';
import type { Repository } from 'typeorm';
import { WebSocket } from 'ws';
import { useDatabase } from '../../support/database.js';
import { httpAdapters } from '../../support/http-adapters.js';
import { Signal, until } from '../transaction/control.js';
import { ann, bob, from } from '../../support/people.js';
import { useScriptedApp } from '../../support/scripted-app.js';
import { newSlug, trailOf } from '../../support/trail.js';

/** Writes where a request asks for it: the header or property `x-KIND` is the slug. */
class Writer {
  constructor(@InjectRepository(Role) private readonly roles: Repository<Role>) {}

  async write(host: ArgumentsHost, kind: string): Promise<void> {
    const source = host.getArgByIndex<any>(0);
    const slug = (source.headers ?? source)[`x-${kind}`];
    if (slug !== undefined) await this.writeRole(slug);
  }

  async writeRole(slug: string): Promise<void> {
    await this.roles.insert({ slug });
  }
}

@Injectable()
class WritingGuard extends Writer implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { headers } = context.switchToHttp().getRequest();
    await this.write(context, 'guard');
    await ActorContext.run({ name: 'guard' }, () => this.write(context, 'named-guard'));
    if (headers['x-key'] !== undefined) ActorContext.set({ name: headers['x-key'] });
    return headers['x-refused'] === undefined;
  }
}

/** Has the answer as a promise, as an interceptor that caches has. */
@Injectable()
class AwaitingInterceptor extends Writer implements NestInterceptor {
  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    if (context.getType() !== 'http') return next.handle();
    const answer = await lastValueFrom(next.handle(), { defaultValue: undefined });
    await this.write(context, 'awaiting');
    return of(answer);
  }
}

@Injectable()
class PipingInterceptor extends Writer implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      mergeMap(async (answer) => {
        await this.write(context, 'piping');
        return answer;
      }),
    );
  }
}

@Catch()
@Injectable()
class WritingFilter extends Writer implements ExceptionFilter, BeforeApplicationShutdown {
  /** Started by the first request that needs it, and then everybody's. */
  private timer: NodeJS.Timeout | undefined;
  private readonly writes: Promise<void>[] = [];

  /** Stops the timer, and waits for what it has begun: the connections are closed after this. */
  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.writes);
  }

  async catch(error: Error, host: ArgumentsHost): Promise<void> {
    await this.write(host, 'filter');
    const prefix = host.getArgByIndex<any>(0).headers?.['x-batch'];
    if (prefix !== undefined) {
      let count = 0;
      this.timer ??= setInterval(
        () => this.writes.push(this.writeRole(`${prefix}-${++count}`)),
        50,
      );
    }
    if (host.getType() === 'ws') host.switchToWs().getClient().send('{"event":"failed"}');
    else host.switchToHttp().getResponse().status(400).send({ message: error.message });
  }
}

const events = new Subject<string>();
let handling: Signal;
let goOn: Signal;

@Controller('around')
class AroundController {
  @Get('event')
  event() {
    return events.pipe(take(1));
  }

  @Post('event')
  emit() {
    events.next('something happened');
  }

  @Post()
  @UseGuards(WritingGuard)
  post() {
    return {};
  }

  @Post('failing')
  fail() {
    throw new BadRequestException();
  }

  @Post('sign-in')
  signIn(@Body() { userId }: { userId: string }) {
    ActorContext.set({ userId });
    throw new BadRequestException();
  }

  @Post('guarded/failing')
  @UseGuards(WritingGuard)
  failGuarded() {
    throw new BadRequestException();
  }

  @Post('waiting')
  async wait() {
    handling.give();
    await goOn.given;
    throw new BadRequestException();
  }
}

@Controller({ path: 'around-scoped', scope: Scope.REQUEST })
class RequestScopedController extends AroundController {}

@WebSocketGateway()
class FailingGateway {
  @UseFilters(WritingFilter)
  @UseGuards({
    canActivate: (context: ExecutionContext) => {
      context.switchToWs().getClient().user = { id: ann };
      context.switchToWs().getClient()['x-filter'] = context.switchToWs().getData();
      return true;
    },
  })
  @SubscribeMessage('fail')
  fail(@MessageBody() _slug: string) {
    throw new Error('as planned');
  }
}

/** A middleware that lets requests wait, and goes on with them wherever it happens to run. */
@Module({})
class QueueModule {
  private readonly waiting: (() => void)[] = [];

  configure(consumer: MiddlewareConsumer): void {
    consumer
      .apply(({ headers }: any, _response: unknown, next: () => void) => {
        if (headers['x-waits'] !== undefined) {
          this.waiting.push(next);
          return;
        }
        if (headers['x-goes-on-with-others'] !== undefined) {
          const timer = setInterval(() => {
            if (this.waiting.length === 0) return;
            clearInterval(timer);
            this.waiting.shift()!();
          }, 5);
        }
        next();
      })
      .forRoutes('{*path}');
  }
}

describe.each(httpAdapters)(
  'around the handler on %s, the actor of a request',
  (_name, adapter) => {
    const database = useDatabase();
    const app = useScriptedApp(database, () => ({
      adapter: adapter(),
      imports: [QueueModule],
      controllers: [AroundController, RequestScopedController],
      providers: [
        FailingGateway,
        WritingFilter,
        { provide: APP_FILTER, useExisting: WritingFilter },
        // Of the root module, and so around the interceptor of the database's.
        { provide: APP_INTERCEPTOR, useClass: AwaitingInterceptor },
        { provide: APP_INTERCEPTOR, useClass: PipingInterceptor },
      ],
      configure: (nest) => nest.useWebSocketAdapter(new WsAdapter(nest)),
    }));
    const send = (method: string, path: string, headers: Record<string, string>) =>
      app.app.request(method, path, { headers });

    it.each(['/around/failing', '/around-scoped/failing'])(
      'is not lost to an exception filter of %s',
      async (path) => {
        const slug = newSlug();
        const { status } = await send(
          'POST',
          path,
          from(ann, { 'x-filter': slug, 'x-request-id': 'failing' }),
        );
        expect(status).toBe(400);
        expect(await trailOf(database, slug)).toMatchObject([
          { writer: ann, requestId: 'failing', route: `POST ${path}` },
        ]);
      },
    );

    it.each(['awaiting', 'piping'])(
      'is not lost to an %s interceptor around the module’s',
      async (kind) => {
        const slug = newSlug();
        const headers = from(ann, { [`x-${kind}`]: slug, 'x-request-id': kind });
        expect((await send('POST', '/around', headers)).status).toBe(201);
        expect(await trailOf(database, slug)).toMatchObject([
          { writer: ann, requestId: kind, route: 'POST /around' },
        ]);
      },
    );

    it('is nobody in a guard, unless the guard sets it, but has the request’s id', async () => {
      const [slug, named] = [newSlug(), newSlug()];
      await send('POST', '/around', {
        ...from(ann, { 'x-guard': slug, 'x-named-guard': named, 'x-request-id': 'guarded' }),
      });
      const occasion = { requestId: 'guarded', route: 'POST /around' };
      expect(await trailOf(database, slug)).toMatchObject([{ writer: null, ...occasion }]);
      expect(await trailOf(database, named)).toMatchObject([{ writer: 'guard', ...occasion }]);
    });

    it('has the same new request id in a guard and after it', async () => {
      const [guard, piping] = [newSlug(), newSlug()];
      await send('POST', '/around', from(ann, { 'x-guard': guard, 'x-piping': piping }));
      const [before] = await trailOf(database, guard);
      const [after] = await trailOf(database, piping);
      expect(before!.requestId).toMatch(/^[0-9a-f-]{36}$/);
      expect(after!.requestId).toBe(before!.requestId);
    });

    it('is nobody in the filter of a request that a guard refused', async () => {
      const slug = newSlug();
      await send('POST', '/around', from(ann, { 'x-refused': 'yes', 'x-filter': slug }));
      expect(await trailOf(database, slug)).toMatchObject([
        { writer: null, route: 'POST /around' },
      ]);
    });

    it.each([
      ['a guard refuses the request', '/around', { 'x-refused': 'yes' }],
      ['the handler fails', '/around/guarded/failing', {}],
    ])(
      'is the one that a guard has set, also in the filter when %s',
      async (_what, path, headers) => {
        const slug = newSlug();
        await send('POST', path, { 'x-key': 'API key 7', 'x-filter': slug, ...headers });
        expect(await trailOf(database, slug)).toMatchObject([{ writer: 'API key 7' }]);
      },
    );

    it('is the one that a handler has set, also in the filter', async () => {
      const slug = newSlug();
      const options = { headers: { 'x-filter': slug }, body: { userId: bob } };
      await app.app.request('POST', '/around/sign-in', options);
      expect(await trailOf(database, slug)).toMatchObject([
        { writer: bob, route: 'POST /around/sign-in' },
      ]);
    });

    it('is not kept by a timer that a filter started', async () => {
      const prefix = newSlug('batch');
      await send('POST', '/around/failing', from(ann, { 'x-batch': prefix }));
      await until(async () => {
        const [last] = await database.query(
          `SELECT user_id FROM audit_logs WHERE new_data ->> 'slug' LIKE $1
         ORDER BY sequence DESC LIMIT 1`,
          [`${prefix}-%`],
        );
        return last?.user_id === null;
      });
    });

    it('is not that of the code that made a subject emit', async () => {
      const slug = newSlug();
      const answer = send('GET', '/around/event', from(ann, { 'x-piping': slug }));
      await until(() => events.observed);
      await send('POST', '/around/event', from(bob));
      expect((await answer).body).toBe('something happened');
      expect(await trailOf(database, slug)).toMatchObject([{ writer: ann }]);
    });

    it('is not that of a request in whose context a middleware continued another', async () => {
      const [others, own] = [newSlug(), newSlug()];
      [handling, goOn] = [new Signal(), new Signal()];
      const first = send(
        'POST',
        '/around/waiting',
        from(ann, { 'x-goes-on-with-others': 'yes', 'x-filter': own }),
      );
      await handling.given;
      await send('POST', '/around/failing', from(bob, { 'x-waits': 'yes', 'x-filter': others }));
      goOn.give();
      await first;
      const route = 'POST /around/failing';
      expect(await trailOf(database, others)).toMatchObject([{ writer: bob, route }]);
      expect(await trailOf(database, own)).toMatchObject([{ writer: ann }]);
    });

    it('is not lost to an exception filter of a socket’s event', async () => {
      const slug = newSlug();
      const socket = new WebSocket(app.app.url.replace('http', 'ws'));
      await once(socket, 'open');
      socket.send(JSON.stringify({ event: 'fail', data: slug }));
      await once(socket, 'message');
      socket.terminate();
      expect(await trailOf(database, slug)).toMatchObject([
        { writer: ann, route: 'ws FailingGateway.fail' },
      ]);
    });
  },
);
