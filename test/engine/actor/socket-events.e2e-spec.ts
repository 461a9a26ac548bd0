import { once } from 'node:events';
import {
  Catch,
  Injectable,
  UseFilters,
  UseGuards,
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { WsAdapter } from '@nestjs/platform-ws';
import { InjectRepository } from '@nestjs/typeorm';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { ActorContext, Role } from '@singr/database';
import { lastValueFrom, of, type Observable } from 'rxjs';
import type { Repository } from 'typeorm';
import { WebSocket } from 'ws';
import { useDatabase } from '../../support/database.js';
import { httpAdapters } from '../../support/http-adapters.js';
import { ann, bob } from '../../support/people.js';
import { useScriptedApp } from '../../support/scripted-app.js';
import { existing, newSlug, trailOf, writersOf } from '../../support/trail.js';

/** The message of a client: its user, and the slugs that each part of the application writes. */
interface Message {
  token?: string;
  isRefused?: boolean;
  fails?: boolean;
  guard?: string;
  handler?: string;
  awaiting?: string;
  filter?: string;
}

class Writer {
  constructor(@InjectRepository(Role) private readonly roles: Repository<Role>) {}

  async write(host: ArgumentsHost, part: 'guard' | 'awaiting' | 'filter'): Promise<void> {
    const slug = host.switchToWs().getData<Message>()[part];
    if (slug !== undefined) await this.roles.insert({ slug });
  }
}

/** Finds out who somebody is by a token in the message, and so for that message alone. */
@Injectable()
class TokenGuard extends Writer implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { token, isRefused } = context.switchToWs().getData<Message>();
    if (token !== undefined) ActorContext.set({ userId: token });
    await this.write(context, 'guard');
    return isRefused !== true;
  }
}

/** Has the answer as a promise, as an interceptor that caches has. */
@Injectable()
class AwaitingInterceptor extends Writer implements NestInterceptor {
  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const answer = await lastValueFrom(next.handle());
    if (context.getType() === 'ws') await this.write(context, 'awaiting');
    return of(answer);
  }
}

@Catch()
@Injectable()
class WritingFilter extends Writer implements ExceptionFilter {
  async catch(_error: Error, host: ArgumentsHost): Promise<void> {
    await this.write(host, 'filter');
    host.switchToWs().getClient().send('{"event":"failed"}');
  }
}

@WebSocketGateway()
@UseGuards(TokenGuard)
@UseFilters(WritingFilter)
class RolesGateway {
  constructor(@InjectRepository(Role) private readonly roles: Repository<Role>) {}

  @SubscribeMessage('add')
  async add(@MessageBody() { handler, fails }: Message) {
    if (handler !== undefined) await this.roles.insert({ slug: handler });
    if (fails) throw new Error('as planned');
    return { event: 'added' };
  }
}

describe.each(httpAdapters)('an event of a socket on %s', (_name, adapter) => {
  const database = useDatabase();
  const app = useScriptedApp(database, () => ({
    adapter: adapter(),
    providers: [
      RolesGateway,
      TokenGuard,
      WritingFilter,
      // Of the root module, and so around the interceptor of the database's.
      { provide: APP_INTERCEPTOR, useClass: AwaitingInterceptor },
    ],
    configure: (nest) => nest.useWebSocketAdapter(new WsAdapter(nest)),
  }));
  let socket: WebSocket;

  beforeEach(async () => {
    socket = new WebSocket(app.app.url.replace('http', 'ws'));
    await once(socket, 'open');
  });
  afterEach(() => socket.terminate());

  const send = (data: Message) => socket.send(JSON.stringify({ event: 'add', data }));

  const answerTo = async (data: Message): Promise<string> => {
    send(data);
    const [answer] = await once(socket, 'message');
    return JSON.parse(answer).event;
  };

  it('has the actor that a guard has set, from then on', async () => {
    const [guard, handler, awaiting] = [newSlug(), newSlug(), newSlug()];
    expect(await answerTo({ token: ann, guard, handler, awaiting })).toBe('added');
    for (const slug of [guard, handler, awaiting]) {
      expect(await writersOf(database, slug)).toEqual([ann]);
    }
    expect(await trailOf(database, handler)).toMatchObject([{ route: 'ws RolesGateway.add' }]);
  });

  it.each([
    ['the handler fails', { fails: true }],
    ['the guard refuses it', { isRefused: true }],
  ])('is the one that a guard has set, also in the filter when %s', async (_what, ending) => {
    const [handler, filter] = [newSlug(), newSlug()];
    expect(await answerTo({ token: ann, handler, filter, ...ending })).toBe('failed');
    expect(await writersOf(database, filter)).toEqual([ann]);
    expect(await existing(database, handler)).toEqual([]);
  });

  it('leaves no actor for the next event of the socket', async () => {
    const [guard, handler] = [newSlug(), newSlug()];
    await answerTo({ token: ann });
    await answerTo({ guard, handler });
    for (const slug of [guard, handler]) expect(await writersOf(database, slug)).toEqual([null]);
  });

  it('has an actor of its own beside another event of the same socket', async () => {
    const messages = [ann, bob, undefined].map((token) => ({
      ...(token === undefined ? {} : { token }),
      guard: newSlug(),
      handler: newSlug(),
      awaiting: newSlug(),
    }));
    let answers = 0;
    const all = new Promise<void>((resolve) =>
      socket.on('message', () => ++answers === messages.length && resolve()),
    );
    for (const message of messages) send(message);
    await all;
    for (const { token, guard, handler, awaiting } of messages) {
      for (const slug of [guard, handler, awaiting]) {
        expect(await writersOf(database, slug)).toEqual([token ?? null]);
      }
    }
  });
});
