import {
  BadRequestException,
  Catch,
  Controller,
  ForbiddenException,
  Get,
  Injectable,
  Module,
  Post,
  Query,
  UseGuards,
  UsePipes,
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type INestApplication,
  type MiddlewareConsumer,
  type NestInterceptor,
  type NestMiddleware,
  type PipeTransform,
} from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR } from '@nestjs/core';
import { InjectRepository } from '@nestjs/typeorm';
import { Role } from '@singr/database';
import { mergeMap, Subject, take, type Observable } from 'rxjs';
import type { Repository } from 'typeorm';
import { useDatabase } from '../../support/database.js';
import { httpAdapters } from '../../support/http-adapters.js';
import { Signal, until } from '../transaction/control.js';
import { ann, bob, from } from '../../support/people.js';
import { useScriptedApp } from '../../support/scripted-app.js';
import { existing, newSlug, trailOf } from '../../support/trail.js';

/** What waits for somebody to go on with it, as requests do in a queue or a store with callbacks. */
const waiting: (() => void)[] = [];
let answered: Signal;

/** Lets a request wait here that asks for it: the header `x-waits` names the place. */
function waitAt(place: string) {
  return ({ headers }: any, _response: unknown, next: () => void) => {
    if (headers['x-waits'] === place) waiting.push(next);
    else next();
  };
}

/** Writes where a request asks for it: the header `x-KIND` is the slug. */
class Writer {
  constructor(@InjectRepository(Role) private readonly roles: Repository<Role>) {}

  async write({ headers }: any, kind: string): Promise<void> {
    const slug = headers[`x-${kind}`];
    if (slug !== undefined) await this.roles.insert({ slug });
  }
}

@Injectable()
class WritingMiddleware extends Writer implements NestMiddleware {
  async use(request: any, _response: unknown, next: (error?: Error) => void): Promise<void> {
    await this.write(request, 'middleware');
    if (request.headers['x-fails'] === 'middleware') next(new BadRequestException());
    else next();
  }
}

@Injectable()
class WritingGuard extends Writer implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest();
    await this.write(request, 'guard');
    if (request.headers['x-fails'] === 'guard') throw new ForbiddenException();
    request.user = { id: request.headers['x-user'] };
    return true;
  }
}

const turns = new Subject<void>();

/** Calls the handler when something else, which may be another request, gives it a turn. */
@Injectable()
class QueueingInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.switchToHttp().getRequest().headers['x-waits'] !== 'interceptor') {
      return next.handle();
    }
    waiting.push(() => turns.next());
    return turns.pipe(
      take(1),
      mergeMap(() => next.handle()),
    );
  }
}

@Injectable()
class PipingInterceptor extends Writer implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      mergeMap(async (answer) => {
        await this.write(context.switchToHttp().getRequest(), 'piping');
        return answer;
      }),
    );
  }
}

/** Writes what the query parameter says. */
@Injectable()
class WritingPipe implements PipeTransform {
  constructor(@InjectRepository(Role) private readonly roles: Repository<Role>) {}

  async transform(slug: string | undefined) {
    if (slug !== undefined) await this.roles.insert({ slug });
    return slug;
  }
}

@Catch()
@Injectable()
class WritingFilter extends Writer implements ExceptionFilter {
  async catch(error: Error, host: ArgumentsHost): Promise<void> {
    const http = host.switchToHttp();
    await this.write(http.getRequest(), 'filter');
    http.getResponse().status(400).send({ message: error.message });
  }
}

@Controller('crossing')
@UseGuards(WritingGuard)
class CrossingController extends Writer {
  /** Goes on with whoever waits, and fails once that has been answered. */
  @Post('going-on-with-others')
  async goOnWithOthers() {
    for (const goOn of waiting.splice(0)) goOn();
    await answered.given;
    throw new BadRequestException();
  }

  @Post()
  @UsePipes(WritingPipe)
  async post(@Query('handler') _slug?: string) {
    return {};
  }

  @Get()
  get() {
    return {};
  }

  @Post('failing')
  fail() {
    throw new BadRequestException();
  }
}

@Module({ providers: [] })
class MiddlewareModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(waitAt('middleware'), WritingMiddleware).forRoutes('{*path}');
  }
}

/** Waits before the middleware of modules: in what `main.ts` uses, or a plugin's hook. */
function waitEarly(nest: INestApplication): void {
  nest.use(waitAt('main.ts'));
  const instance = nest.getHttpAdapter().getInstance();
  for (const hook of ['onRequest', 'preHandler']) instance.addHook?.(hook, waitAt(hook));
}

describe.each(httpAdapters)(
  'a request of Bob’s that goes on in a handler of Ann’s, on %s,',
  (name, adapter) => {
    const database = useDatabase();
    const app = useScriptedApp(database, () => ({
      adapter: adapter(),
      imports: [MiddlewareModule],
      controllers: [CrossingController],
      providers: [
        WritingFilter,
        { provide: APP_FILTER, useExisting: WritingFilter },
        { provide: APP_INTERCEPTOR, useClass: QueueingInterceptor },
        { provide: APP_INTERCEPTOR, useClass: PipingInterceptor },
      ],
      configure: waitEarly,
    }));

    /** Bob's request, and Ann's, which goes on with it and writes in its filter. */
    async function cross(place: string, path: string, headers: Record<string, string>) {
      answered = new Signal();
      const anns = newSlug();
      const bobs = app.app.request('POST', path, {
        headers: from(bob, { 'x-waits': place, 'x-request-id': 'bob', ...headers }),
      });
      await until(() => waiting.length === 1);
      const annsAnswer = app.app.request('POST', '/crossing/going-on-with-others', {
        headers: from(ann, { 'x-request-id': 'ann', 'x-filter': anns }),
      });
      const { status } = await bobs;
      answered.give();
      await annsAnswer;
      expect(await trailOf(database, anns)).toMatchObject([{ writer: ann, requestId: 'ann' }]);
      return status;
    }

    const places = ['main.ts', 'middleware'];
    if (name === 'Fastify') places.push('onRequest', 'preHandler');

    describe.each(places)('from %s,', (place) => {
      it('does not write as Ann, nor in Ann’s transaction', async () => {
        const [guard, handler, piping] = [newSlug(), newSlug(), newSlug()];
        const headers = { 'x-guard': guard, 'x-piping': piping };
        expect(await cross(place, `/crossing?handler=${handler}`, headers)).toBe(201);
        const occasion = { requestId: 'bob', route: 'POST /crossing' };
        expect(await trailOf(database, guard)).toMatchObject([{ writer: null, ...occasion }]);
        expect(await trailOf(database, handler)).toMatchObject([{ writer: bob, ...occasion }]);
        expect(await trailOf(database, piping)).toMatchObject([{ writer: bob, ...occasion }]);
      });

      it('does not write as Ann in its filter when the handler fails', async () => {
        const slug = newSlug();
        expect(await cross(place, '/crossing/failing', { 'x-filter': slug })).toBe(400);
        expect(await trailOf(database, slug)).toMatchObject([{ writer: bob, requestId: 'bob' }]);
      });

      it('does not write as Ann in its filter when a guard has refused it', async () => {
        const [guard, filter] = [newSlug(), newSlug()];
        const headers = { 'x-fails': 'guard', 'x-guard': guard, 'x-filter': filter };
        expect(await cross(place, '/crossing', headers)).toBe(400);
        for (const slug of [guard, filter]) {
          expect(await trailOf(database, slug)).toMatchObject([{ writer: null, requestId: 'bob' }]);
        }
      });

      it('does not write as Ann in its filter when nothing is found at its path', async () => {
        const slug = newSlug();
        expect(await cross(place, '/nowhere', { 'x-filter': slug })).toBe(400);
        expect(await trailOf(database, slug)).toMatchObject([{ writer: null, requestId: 'bob' }]);
      });
    });

    // On Fastify middleware runs before the hooks of an application.
    it.each(['main.ts', 'middleware'])(
      'from %s, does not write as Ann in a later middleware, nor in the filter when that fails',
      async (place) => {
        const [middleware, filter] = [newSlug(), newSlug()];
        const headers = {
          'x-fails': 'middleware',
          'x-middleware': middleware,
          'x-filter': filter,
        };
        expect(await cross(place, '/crossing', headers)).toBe(400);
        for (const slug of [middleware, filter]) {
          expect(await trailOf(database, slug)).toMatchObject([{ writer: null, requestId: 'bob' }]);
        }
      },
    );

    it('from an outer interceptor, does not write as Ann, nor in Ann’s transaction', async () => {
      const [handler, piping] = [newSlug(), newSlug()];
      const status = await cross('interceptor', `/crossing?handler=${handler}`, {
        'x-piping': piping,
      });
      expect(status).toBe(201);
      expect(await existing(database, handler, piping)).toHaveLength(2);
      expect(await trailOf(database, handler)).toMatchObject([{ writer: bob, requestId: 'bob' }]);
      expect(await trailOf(database, piping)).toMatchObject([{ writer: bob, requestId: 'bob' }]);
    });

    it('from an outer interceptor, does not write as Ann in its filter', async () => {
      const slug = newSlug();
      await cross('interceptor', '/crossing/failing', { 'x-filter': slug });
      expect(await trailOf(database, slug)).toMatchObject([{ writer: bob, requestId: 'bob' }]);
    });
  },
);
