import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import {
  Controller,
  Injectable,
  Module,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import {
  ClientProxyFactory,
  EventPattern,
  MessagePattern,
  Payload,
  Transport,
  type ClientProxy,
} from '@nestjs/microservices';
import { WsAdapter } from '@nestjs/platform-ws';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { InjectRepository } from '@nestjs/typeorm';
import { ActorContext, DatabaseModule, NoTransaction, Role } from '@singr/database';
import { lastValueFrom } from 'rxjs';
import type { Repository } from 'typeorm';
import { WebSocket } from 'ws';
import { useDatabase } from '../../support/database.js';
import { createTestApp } from '../../support/test-app.js';

const ann = '0a000000-0000-4000-8000-000000000001';

/** Authenticates a socket, as an application's guard does: it sets `user` on the client. */
@Injectable()
class SocketGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    if (context.getType() === 'ws') {
      Object.assign(context.switchToWs().getClient(), { user: { id: ann } });
    }
    return true;
  }
}

@WebSocketGateway()
class RolesGateway {
  constructor(@InjectRepository(Role) private readonly roles: Repository<Role>) {}

  @SubscribeMessage('add')
  async add(@MessageBody() slugs: string[]) {
    for (const slug of slugs) await this.roles.insert({ slug });
    return { event: 'added', data: slugs };
  }
}

@Controller()
class RolesController {
  constructor(@InjectRepository(Role) private readonly roles: Repository<Role>) {}

  @MessagePattern('add')
  async add(@Payload() slugs: string[]): Promise<number> {
    for (const slug of slugs) await this.roles.insert({ slug });
    return slugs.length;
  }

  @NoTransaction()
  @MessagePattern('add-one-by-one')
  async addOneByOne(@Payload() slugs: string[]): Promise<number> {
    return this.add(slugs);
  }

  @UseGuards({
    canActivate: (context: ExecutionContext) => {
      context.switchToRpc().getContext().hasName = true;
      ActorContext.set({ name: 'peer' });
      return true;
    },
  })
  @MessagePattern('add-by-name')
  async addByName(@Payload() slugs: string[]): Promise<number> {
    return this.add(slugs);
  }

  @EventPattern('added-elsewhere')
  async addedElsewhere(@Payload() slug: string): Promise<void> {
    await this.roles.insert({ slug });
  }
}

describe('handlers of other transports', () => {
  const database = useDatabase();

  const entries = (slugs: string[]) =>
    database.query<{ user_id: string | null; route: string; transaction_id: string }>(
      `SELECT user_id, route, transaction_id FROM audit_logs
       WHERE table_name = 'roles' AND new_data->>'slug' = ANY ($1) ORDER BY sequence`,
      [slugs],
    );

  describe('a WebSocket gateway', () => {
    it('writes in one transaction an event, attributed to the user that a guard found', async () => {
      const app = await createTestApp(database, {
        providers: [RolesGateway, { provide: APP_GUARD, useClass: SocketGuard }],
        configure: (nest) => nest.useWebSocketAdapter(new WsAdapter(nest)),
      });
      const socket = new WebSocket(app.url.replace('http', 'ws'));
      await once(socket, 'open');
      socket.send(JSON.stringify({ event: 'add', data: ['ws-1', 'ws-2'] }));
      await once(socket, 'message');

      const written = await entries(['ws-1', 'ws-2']);
      expect(written).toHaveLength(2);
      for (const entry of written) {
        expect(entry).toMatchObject({ user_id: ann, route: 'ws RolesGateway.add' });
      }
      expect(written[0]!.transaction_id).toBe(written[1]!.transaction_id);

      socket.send(JSON.stringify({ event: 'add', data: ['ws-3', 'ws-3'] }));
      await once(socket, 'message');
      expect(await entries(['ws-3'])).toEqual([]);
      socket.terminate();
      await app.close();
    });
  });

  describe('a microservice', () => {
    let client: ClientProxy;

    beforeAll(async () => {
      @Module({
        imports: [
          DatabaseModule.forRoot({
            ...database.options,
            // A message's payload is never asked who sent it; the application knows who its peers are.
            actor: ({ hasName }) => (hasName ? undefined : ann),
          }),
        ],
        controllers: [RolesController],
      })
      class ServiceModule {}
      const options = { host: '127.0.0.1', port: 0 };
      const service = await NestFactory.createMicroservice(ServiceModule, {
        transport: Transport.TCP,
        options,
        logger: false,
      });
      database.beforeDrop(() => service.close());
      await service.listen();
      const { port } = service.unwrap<Server>().address() as AddressInfo;
      client = ClientProxyFactory.create({
        transport: Transport.TCP,
        options: { ...options, port },
      });
      database.beforeDrop(() => Promise.resolve(client.close()));
    });

    it('writes in one transaction a message, and answers after the commit', async () => {
      expect(await lastValueFrom(client.send('add', ['rpc-1', 'rpc-2']))).toBe(2);
      const written = await entries(['rpc-1', 'rpc-2']);
      expect(new Set(written.map((entry) => entry.transaction_id)).size).toBe(1);
      expect(written.map(({ user_id, route }) => [user_id, route])).toEqual([
        [ann, 'rpc RolesController.add'],
        [ann, 'rpc RolesController.add'],
      ]);
    });

    it('attributes a message to the actor that a guard has set', async () => {
      expect(await lastValueFrom(client.send('add-by-name', ['rpc-6']))).toBe(1);
      const [entry] = await database.query(
        `SELECT actor_name FROM audit_logs WHERE new_data ->> 'slug' = 'rpc-6'`,
      );
      expect(entry).toEqual({ actor_name: 'peer' });
    });

    it('rolls back a message whose handler throws', async () => {
      await expect(lastValueFrom(client.send('add', ['rpc-3', 'rpc-3']))).rejects.toBeDefined();
      expect(await entries(['rpc-3'])).toEqual([]);
    });

    it('lets each write commit by itself with @NoTransaction()', async () => {
      await expect(
        lastValueFrom(client.send('add-one-by-one', ['rpc-4', 'rpc-4'])),
      ).rejects.toBeDefined();
      expect(await entries(['rpc-4'])).toEqual([expect.objectContaining({ user_id: ann })]);
    });

    it('handles events as it does messages', async () => {
      await lastValueFrom(client.emit('added-elsewhere', 'rpc-5'), { defaultValue: undefined });
      for (let tries = 0; (await entries(['rpc-5'])).length === 0 && tries < 100; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      expect(await entries(['rpc-5'])).toEqual([
        expect.objectContaining({ user_id: ann, route: 'rpc RolesController.addedElsewhere' }),
      ]);
    });
  });
});
