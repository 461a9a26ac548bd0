import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import {
  Catch,
  Controller,
  Inject,
  Injectable,
  Scope,
  UseFilters,
  UseGuards,
  type ArgumentsHost,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type INestApplication,
} from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import {
  ClientProxyFactory,
  EventPattern,
  MessagePattern,
  Payload,
  Transport,
  type ClientProxy,
} from '@nestjs/microservices';
import { WsAdapter } from '@nestjs/platform-ws';
import { InjectRepository } from '@nestjs/typeorm';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { ActorContext, Role } from '@singr/database';
import { from, lastValueFrom, mergeMap, throwError } from 'rxjs';
import type { Repository } from 'typeorm';
import { WebSocket } from 'ws';
import { ann, bob } from '../../support/people.js';
import { existing, newSlug, trailOf } from '../../support/trail.js';
import { useDatabase, type TestDatabase } from '../../support/database.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';
import { until } from './control.js';

/** Authenticates the peer of a message, as an application's guard does. */
@Injectable()
class PeerGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    Object.assign(context.switchToRpc().getContext(), { user: { id: ann } });
    return true;
  }
}

/** Knows the peer by name, and refuses messages of three roles. */
@Injectable()
class NamingGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    ActorContext.set({ name: 'peer' });
    return context.switchToRpc().getData<string[]>().length < 3;
  }
}

/** Writes the last of a message’s roles, with another name, when the message has failed. */
@Catch()
@Injectable()
class WritingFilter implements ExceptionFilter {
  constructor(@InjectRepository(Role) private readonly roles: Repository<Role>) {}

  catch(error: Error, host: ArgumentsHost) {
    const slug = `${host.switchToRpc().getData<string[]>().at(-1)}-failed`;
    return from(this.roles.insert({ slug })).pipe(mergeMap(() => throwError(() => error)));
  }
}

class RolesHandlers {
  constructor(@InjectRepository(Role) protected readonly roles: Repository<Role>) {}

  async insert(slugs: string[]): Promise<number> {
    for (const slug of slugs) await this.roles.insert({ slug });
    return slugs.length;
  }
}

@Controller()
@UseGuards(PeerGuard)
class MessagesController extends RolesHandlers {
  @MessagePattern('add')
  add(@Payload() slugs: string[]): Promise<number> {
    return this.insert(slugs);
  }

  @EventPattern('happened')
  async first(@Payload() slug: string): Promise<void> {
    await this.insert([`${slug}-first`]);
  }

  @EventPattern('happened')
  async second(@Payload() slug: string): Promise<void> {
    await this.insert([`${slug}-second`]);
  }
}

@Controller()
@UseGuards(NamingGuard)
@UseFilters(WritingFilter)
class NamedPeersController extends RolesHandlers {
  @MessagePattern('add-named')
  add(@Payload() slugs: string[]): Promise<number> {
    return this.insert(slugs);
  }
}

@Controller({ scope: Scope.REQUEST })
@UseGuards(PeerGuard)
class RequestScopedController extends RolesHandlers {
  constructor(
    @InjectRepository(Role) roles: Repository<Role>,
    @Inject(REQUEST) readonly request: unknown,
  ) {
    super(roles);
  }

  @MessagePattern('add-request-scoped')
  add(@Payload() slugs: string[]): Promise<number> {
    return this.insert(slugs);
  }
}

@WebSocketGateway()
class RolesGateway extends RolesHandlers {
  @SubscribeMessage('add')
  async add(@MessageBody() slugs: string[]) {
    await this.insert(slugs);
    return { event: 'added', data: slugs };
  }
}

/** A hybrid application, and a client of its microservice. */
class HybridApplication {
  private constructor(
    readonly app: TestApp,
    readonly client: ClientProxy,
  ) {}

  static async start(
    database: TestDatabase,
    options: Parameters<INestApplication['connectMicroservice']>[1],
    actor?: (source: unknown, context: ExecutionContext) => string,
  ): Promise<HybridApplication> {
    const tcp = { transport: Transport.TCP, options: { host: '127.0.0.1', port: 0 } };
    const app = await createTestApp(database, {
      controllers: [MessagesController, NamedPeersController, RequestScopedController],
      // Nest would connect gateways a second time.
      providers: [WritingFilter, ...(options?.deferInitialization ? [] : [RolesGateway])],
      databaseOptions: actor === undefined ? {} : { actor },
      configure: (nest) => {
        nest.useWebSocketAdapter(new WsAdapter(nest));
        nest.connectMicroservice(tcp, options);
      },
    });
    await app.nest.startAllMicroservices();
    const [microservice] = app.nest.getMicroservices();
    const { port } = microservice!.unwrap<Server>().address() as AddressInfo;
    const client = ClientProxyFactory.create({
      ...tcp,
      options: { ...tcp.options, port },
    } as object);
    database.beforeDrop(() => Promise.resolve(client.close()));
    return new HybridApplication(app, client);
  }

  send(pattern: string, slugs: string[]): Promise<number> {
    return lastValueFrom(this.client.send<number>(pattern, slugs));
  }
}

describe('a hybrid application', () => {
  const database = useDatabase();

  const transactionsOf = async (slugs: string[]) => {
    const rows = await database.query<{ id: string }>(
      `SELECT DISTINCT transaction_id AS id FROM audit_logs
       WHERE table_name = 'roles' AND new_data ->> 'slug' = ANY ($1)`,
      [slugs],
    );
    return rows.length;
  };

  describe.each([
    ['by default', {}],
    ['with inheritAppConfig', { inheritAppConfig: true }],
  ])('%s', (_how, options) => {
    let hybrid: HybridApplication;
    let resolved = 0;

    beforeAll(async () => {
      hybrid = await HybridApplication.start(database, options, (source: any) => {
        resolved++;
        return source.user?.id;
      });
    });
    afterAll(() => hybrid.app.close());

    it.each([
      ['add', 'MessagesController'],
      ['add-request-scoped', 'RequestScopedController'],
    ])(
      'does not write a message %s in several transactions, nor as nobody',
      async (pattern, of) => {
        const slugs = [newSlug(), newSlug()];
        resolved = 0;
        expect(await hybrid.send(pattern, slugs)).toBe(2);
        expect(await transactionsOf(slugs)).toBe(1);
        for (const slug of slugs) {
          expect(await trailOf(database, slug)).toMatchObject([
            { writer: ann, route: `rpc ${of}.add`, requestId: expect.any(String) },
          ]);
        }
        expect(resolved).toBe(1);
      },
    );

    it.each(['add', 'add-request-scoped'])(
      'does not leave half of a message %s whose handler throws',
      async (pattern) => {
        const slug = newSlug();
        await expect(hybrid.send(pattern, [slug, slug])).rejects.toBeDefined();
        expect(await existing(database, slug)).toEqual([]);
      },
    );

    it('attributes a message to the actor that a guard has set', async () => {
      const slug = newSlug();
      await hybrid.send('add-named', [slug]);
      expect(await trailOf(database, slug)).toMatchObject([{ writer: 'peer' }]);
    });

    it.each([
      ['the handler fails', 2],
      ['the guard refuses it', 3],
    ])('does the same in the filter when %s', async (_what, count) => {
      const slug = newSlug();
      await expect(hybrid.send('add-named', Array(count).fill(slug))).rejects.toBeDefined();
      expect(await existing(database, slug)).toEqual([]);
      expect(await trailOf(database, `${slug}-failed`)).toMatchObject([{ writer: 'peer' }]);
    });

    it('calls both handlers of an event', async () => {
      const slug = newSlug();
      await lastValueFrom(hybrid.client.emit('happened', slug), { defaultValue: undefined });
      const both = [`${slug}-first`, `${slug}-second`];
      await until(async () => (await existing(database, ...both)).length === 2);
      expect((await trailOf(database, both[0]!))[0]).toMatchObject({ writer: ann });
      expect((await trailOf(database, both[1]!))[0]).toMatchObject({ writer: ann });
    });

    it('does not write a socket’s event in several transactions', async () => {
      const slugs = [newSlug(), newSlug()];
      const socket = new WebSocket(hybrid.app.url.replace('http', 'ws'));
      await once(socket, 'open');
      socket.send(JSON.stringify({ event: 'add', data: slugs }));
      await once(socket, 'message');
      socket.terminate();
      expect(await transactionsOf(slugs)).toBe(1);
      expect(await trailOf(database, slugs[0]!)).toMatchObject([{ route: 'ws RolesGateway.add' }]);
    });
  });

  it('rolls back a message that fails, in a microservice that is initialised at its start', async () => {
    const hybrid = await HybridApplication.start(database, { deferInitialization: true });
    const [whole, half] = [newSlug(), newSlug()];
    await hybrid.send('add', [whole]);
    await expect(hybrid.send('add', [half, half])).rejects.toBeDefined();
    expect(await trailOf(database, whole)).toMatchObject([{ writer: ann }]);
    expect(await existing(database, half)).toEqual([]);
    await hybrid.app.close();
  });

  it('does not attribute a message to the actor of another application with the same controllers', async () => {
    const applications = [
      await HybridApplication.start(database, {}, () => ann),
      await HybridApplication.start(database, {}, () => bob),
    ];
    const slugs = [newSlug(), newSlug()];
    await Promise.all(applications.map((hybrid, index) => hybrid.send('add', [slugs[index]!])));
    expect(await trailOf(database, slugs[0]!)).toMatchObject([{ writer: ann }]);
    expect(await trailOf(database, slugs[1]!)).toMatchObject([{ writer: bob }]);
    for (const { app } of applications) await app.close();
  });
});
