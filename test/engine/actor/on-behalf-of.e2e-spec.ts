import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import {
  Controller,
  Injectable,
  Module,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import {
  Args,
  GqlExecutionContext,
  GraphQLModule,
  Mutation,
  Query,
  Resolver,
} from '@nestjs/graphql';
import { ClientProxyFactory, MessagePattern, Payload, Transport } from '@nestjs/microservices';
import { WsAdapter } from '@nestjs/platform-ws';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { ActorContext, AuditService, DatabaseModule, Role, type Actor } from '@singr/database';
import { lastValueFrom } from 'rxjs';
import { WebSocket } from 'ws';
import { useDatabase } from '../../support/database.js';
import { ann, bob, userId } from '../../support/people.js';
import { RecordingLogger } from '../../support/recording-logger.js';
import { failure, Tools, useScriptedApp } from '../../support/scripted-app.js';
import { createTestApp } from '../../support/test-app.js';
import { newSlug } from '../../support/trail.js';

/** The customer, whose account is used, and the administrator, who really acts. */
const customer = ann;
const administrator = bob;

/** The user that a guard sets on the request. */
let user: unknown;

/** Sets `user` where each transport has it: on the request, the socket, or the context of a message. */
@Injectable()
class ImpersonatingGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    switch (context.getType<string>()) {
      case 'http':
        context.switchToHttp().getRequest().user = user;
        break;
      case 'ws':
        context.switchToWs().getClient().data = { user };
        break;
      case 'rpc':
        context.switchToRpc().getContext().user = user;
        break;
      default:
        GqlExecutionContext.create(context).getContext().req.user = user;
    }
    return true;
  }
}

@WebSocketGateway()
class RolesGateway {
  constructor(private readonly tools: Tools) {}

  @SubscribeMessage('add')
  async add(@MessageBody() slug: string) {
    await this.tools.roles.insert({ slug });
    return { event: 'added' };
  }
}

@Controller()
class RolesController {
  constructor(private readonly tools: Tools) {}

  @MessagePattern('add')
  async add(@Payload() slug: string) {
    await this.tools.roles.insert({ slug });
    return 'added';
  }
}

@Resolver()
class RolesResolver {
  constructor(private readonly tools: Tools) {}

  @Query(() => String)
  nothing() {
    return '';
  }

  @Mutation(() => String)
  async add(@Args('slug') slug: string) {
    await this.tools.roles.insert({ slug });
    return 'added';
  }
}

const guard = { provide: APP_GUARD, useClass: ImpersonatingGuard };

describe('a write on behalf of a user', () => {
  const database = useDatabase();
  const logger = new RecordingLogger();
  const app = useScriptedApp(database, () => ({
    logger,
    providers: [guard, RolesGateway],
    configure: (nest) => nest.useWebSocketAdapter(new WsAdapter(nest)),
  }));
  let slug: string;

  beforeEach(() => {
    slug = newSlug();
    user = { id: customer, impersonatedBy: administrator };
  });

  const insert = (name = slug) => app.tools.roles.insert({ slug: name });
  /** Who acted and on whose behalf, as the columns have it. */
  const recorded = (name = slug) =>
    database.query(
      `SELECT user_id, user_key, actor_name, on_behalf_of FROM audit_logs WHERE new_data->>'slug' = $1
       ORDER BY sequence`,
      [name],
    );
  const impersonated = {
    user_id: administrator,
    user_key: null,
    actor_name: null,
    on_behalf_of: customer,
  };

  describe('in a session that user.impersonatedBy marks', () => {
    it.each(['GET', 'POST'] as const)('is recorded with both over HTTP (%s)', async (method) => {
      await app.succeed(method, () => insert());
      expect(await recorded()).toEqual([impersonated]);
    });

    it('is recorded with both over GraphQL', async () => {
      const graphql = { driver: ApolloDriver, autoSchemaFile: true };
      const api = await createTestApp(database, {
        imports: [GraphQLModule.forRoot<ApolloDriverConfig>(graphql)],
        providers: [Tools, RolesResolver, guard],
      });
      const query = `mutation { add(slug: "${slug}") }`;
      const { body } = await api.request('POST', '/graphql', { body: { query } });
      expect(body).toEqual({ data: { add: 'added' } });
      expect(await recorded()).toEqual([impersonated]);
    });

    it('is recorded with both over a socket', async () => {
      const socket = new WebSocket(app.app.url.replace('http', 'ws'));
      await once(socket, 'open');
      socket.send(JSON.stringify({ event: 'add', data: slug }));
      await once(socket, 'message');
      socket.terminate();
      expect(await recorded()).toEqual([impersonated]);
    });

    it('is recorded with both in a microservice', async () => {
      @Module({
        imports: [DatabaseModule.forRoot(database.options)],
        controllers: [RolesController],
        providers: [Tools, guard],
      })
      class ServiceModule {}
      const options = { host: '127.0.0.1', port: 0 };
      const service = await NestFactory.createMicroservice(ServiceModule, {
        transport: Transport.TCP,
        options,
        logger,
      });
      database.beforeDrop(() => service.close());
      await service.listen();
      const { port } = service.unwrap<Server>().address() as AddressInfo;
      const client = ClientProxyFactory.create({
        transport: Transport.TCP,
        options: { ...options, port },
      });
      database.beforeDrop(() => Promise.resolve(client.close()));
      expect(await lastValueFrom(client.send('add', slug))).toBe('added');
      expect(await recorded()).toEqual([impersonated]);
    });

    it.each([
      [
        'an object with the id of the staff',
        { id: customer, impersonatedBy: { id: administrator } },
      ],
      ['an id in capitals', { id: customer.toUpperCase(), impersonatedBy: administrator }],
    ])('may be marked by %s', async (_what, marked) => {
      user = marked;
      await app.succeed('POST', () => insert());
      expect(await recorded()).toEqual([impersonated]);
    });

    it('has the user alone without the mark', async () => {
      user = { id: customer, impersonatedBy: null };
      await app.succeed('POST', () => insert());
      expect(await recorded()).toMatchObject([{ user_id: customer, on_behalf_of: null }]);
    });

    it.each([
      ['no customer', { impersonatedBy: administrator }],
      ['an empty mark', { id: customer, impersonatedBy: '' }],
      ['a mark that is true', { id: customer, impersonatedBy: true }],
      ['a mark that is no UUID', { id: customer, impersonatedBy: 'root' }],
      ['a customer that is no UUID', { id: 'somebody', impersonatedBy: administrator }],
    ])('is refused with %s', async (_what, marked) => {
      user = marked;
      logger.clear();
      let handled = false;
      const { status } = await app.request('POST', () => (handled = true));
      expect([status, handled]).toEqual([500, false]);
      expect(logger.text).toContain('The option actor (by default request.user.id, and');
    });
  });

  describe('in ActorContext', () => {
    it.each<[string, Actor, object]>([
      ['by a user', { userId: bob, onBehalfOf: { userId: ann } }, { user_id: bob }],
      ['by a program', { name: 'key 7', onBehalfOf: { userId: ann } }, { actor_name: 'key 7' }],
      ['by ids of other kinds', { userId: '7', onBehalfOf: { userId: 'Ann' } }, { user_key: '7' }],
    ])('is recorded %s', async (_what, actor, columns) => {
      await ActorContext.run(actor, () => insert());
      expect(await recorded()).toMatchObject([
        { ...columns, on_behalf_of: actor.onBehalfOf!.userId },
      ]);
      const { entries } = await app.app.get(AuditService).history({ entity: Role, limit: 1 });
      expect(entries[0]!.actor).toEqual(actor);
    });

    it('ends with the inner context, in one and the same transaction', async () => {
      const names = [newSlug(), newSlug(), newSlug()] as const;
      await ActorContext.run({ userId: bob, onBehalfOf: { userId: ann } }, () =>
        app.dataSource.transaction(async () => {
          await insert(names[0]);
          await ActorContext.run({ userId: bob }, () => insert(names[1]));
          await insert(names[2]);
        }),
      );
      const subjects = await Promise.all(names.map((name) => recorded(name)));
      expect(subjects.map(([entry]) => entry.on_behalf_of)).toEqual([ann, null, ann]);
    });

    it('is carried by bind() to a queue, and by set() to what follows', async () => {
      const later: (() => Promise<unknown>)[] = [];
      const actor = { userId: bob, onBehalfOf: { userId: ann } };
      ActorContext.run(actor, () => later.push(ActorContext.bind(() => insert())));
      await later[0]!();
      expect(await recorded()).toEqual([impersonated]);
      const other = newSlug();
      await ActorContext.run({ name: 'sign-in' }, async () => {
        ActorContext.set(actor);
        expect(ActorContext.current()).toEqual(actor);
        await insert(other);
      });
      expect(await recorded(other)).toEqual([impersonated]);
    });

    it.each([
      ['a text', ann],
      ['an empty id', { userId: '' }],
      ['a number', { userId: 7 }],
      ['a name', { name: 'job' }],
      ['another chain', { userId: ann, onBehalfOf: { userId: userId(3) } }],
    ])('is refused for %s', async (_what, onBehalfOf) => {
      const work = async () => ActorContext.run({ userId: bob, onBehalfOf } as any, () => insert());
      expect(await failure(work())).toMatchObject({ code: 'MALFORMED_ACTOR' });
      expect(await recorded()).toEqual([]);
    });
  });
});
