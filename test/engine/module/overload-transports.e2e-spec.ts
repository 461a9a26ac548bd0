import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { Controller, Module, UseFilters } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, NestFactory } from '@nestjs/core';
import { ClientProxyFactory, MessagePattern, Transport } from '@nestjs/microservices';
import { WsAdapter } from '@nestjs/platform-ws';
import { getDataSourceToken } from '@nestjs/typeorm';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import {
  DatabaseModule,
  OverloadFilter,
  OverloadGuard,
  type DatabaseDataSource,
} from '@singr/database';
import { lastValueFrom } from 'rxjs';
import { WebSocket } from 'ws';
import { isEmbedded, useDatabase } from '../../support/database.js';
import { failure } from '../../support/scripted-app.js';
import { createTestApp } from '../../support/test-app.js';
import { until } from '../transaction/control.js';

const overloadProviders = [
  { provide: APP_GUARD, useClass: OverloadGuard },
  { provide: APP_FILTER, useClass: OverloadFilter },
];
const options = { poolSize: isEmbedded ? 1 : 2, overload: { after: 20, retryAfter: 3000 } };
const refusal = {
  status: 'error',
  code: 'OVERLOADED',
  message: expect.any(String),
  retryAfter: 3000,
};

@WebSocketGateway()
@UseFilters(OverloadFilter)
class PingGateway {
  @SubscribeMessage('ping')
  ping() {
    return { event: 'pong', data: null };
  }
}

@Controller()
class PingController {
  @MessagePattern('ping')
  ping(): string {
    return 'pong';
  }
}

/** Runs `work` while the pool is overloaded. */
async function whileOverloaded(
  dataSource: DatabaseDataSource,
  work: () => Promise<void>,
): Promise<void> {
  const held = Array.from({ length: options.poolSize }, () => dataSource.createQueryRunner());
  for (const queryRunner of held) await queryRunner.connect();
  const waiting = dataSource.query('SELECT 1');
  await until(() => dataSource.isOverloaded);
  await work();
  for (const queryRunner of held) await queryRunner.release();
  await waiting;
}

describe('while requests wait for a connection', () => {
  const database = useDatabase();

  it('an event of a socket is answered with the code of the error', async () => {
    const app = await createTestApp(database, {
      databaseOptions: options,
      providers: [PingGateway, ...overloadProviders],
      configure: (nest) => nest.useWebSocketAdapter(new WsAdapter(nest)),
    });
    const socket = new WebSocket(app.url.replace('http', 'ws'));
    await once(socket, 'open');
    const ask = async (): Promise<unknown> => {
      socket.send(JSON.stringify({ event: 'ping', data: null }));
      const [message] = await once(socket, 'message');
      return JSON.parse(String(message));
    };
    await whileOverloaded(app.dataSource, async () => {
      expect(await ask()).toEqual({ event: 'exception', data: refusal });
    });
    expect(await ask()).toEqual({ event: 'pong', data: null });
    socket.terminate();
    await app.close();
  });

  it('a message of a microservice is answered with the code of the error', async () => {
    @Module({
      imports: [DatabaseModule.forRoot({ ...database.options, ...options })],
      controllers: [PingController],
      providers: overloadProviders,
    })
    class ServiceModule {}
    const address = { host: '127.0.0.1', port: 0 };
    const service = await NestFactory.createMicroservice(ServiceModule, {
      transport: Transport.TCP,
      options: address,
      logger: false,
    });
    await service.listen();
    const { port } = service.unwrap<Server>().address() as AddressInfo;
    const client = ClientProxyFactory.create({
      transport: Transport.TCP,
      options: { ...address, port },
    });
    const ask = () => lastValueFrom(client.send('ping', {}));
    await whileOverloaded(service.get(getDataSourceToken()), async () => {
      expect(await failure(ask())).toEqual(refusal);
    });
    expect(await ask()).toBe('pong');
    await client.close();
    await service.close();
  });
});
