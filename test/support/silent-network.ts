import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A direction in which packets are lost. */
export type Direction = 'to the server' | 'to the client';

/** A network between an application and its server that can lose packets, and tells neither end. */
export class SilentNetwork {
  private readonly sockets = new Set<Socket>();
  private readonly connections = new Set<{ lost: Set<Direction> }>();
  private lostByNew = new Set<Direction>();

  private constructor(
    private readonly server: Server,
    /** The port of the server that new connections lead to. */
    public target: number,
  ) {}

  static async start(databaseUrl: string): Promise<SilentNetwork> {
    const server = createServer();
    const network = new SilentNetwork(server, Number(new URL(databaseUrl).port || 5432));
    server.on('connection', (client) => network.join(client));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return network;
  }

  /** The URL of a server, through this network. */
  urlOf(databaseUrl: string): string {
    const url = new URL(databaseUrl);
    url.hostname = '127.0.0.1';
    url.port = String((this.server.address() as AddressInfo).port);
    return url.href;
  }

  /** From now on, packets of the open connections are lost, also once new connections lose none. */
  lose(...directions: Direction[]): void {
    for (const { lost } of this.connections) directions.forEach((direction) => lost.add(direction));
  }

  /** From now on, packets of all connections are lost. */
  loseAll(...directions: Direction[]): void {
    this.lose(...directions);
    this.lostByNew = new Set(directions);
  }

  /** New connections lose nothing any more. */
  mend(): void {
    this.lostByNew = new Set();
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket): void {
    const connection = { lost: new Set(this.lostByNew) };
    this.connections.add(connection);
    const upstream = connect(this.target, '127.0.0.1');
    for (const socket of [client, upstream]) {
      this.sockets.add(socket.setNoDelay(true));
      socket.on('error', () => undefined);
    }
    client.on('close', () => {
      this.connections.delete(connection);
      upstream.destroy();
    });
    client.on('data', (data) => connection.lost.has('to the server') || upstream.write(data));
    upstream.on('data', (data) => connection.lost.has('to the client') || client.write(data));
    upstream.on('close', () => connection.lost.has('to the client') || client.destroy());
  }
}
