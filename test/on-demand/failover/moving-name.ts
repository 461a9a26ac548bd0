import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * A name that points to a server: new connections go to its current target. Open connections stay where they are,
 * as with DNS.
 */
export class MovingName {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  constructor(private target: { host: string; port: number }) {
    this.server = createServer((client) => {
      const upstream = connect(this.target);
      for (const socket of [client, upstream]) {
        this.sockets.add(socket.setNoDelay(true));
        socket
          .on('error', () => undefined)
          .on('close', () => {
            client.destroy();
            upstream.destroy();
            this.sockets.delete(socket);
          });
      }
      client.pipe(upstream).pipe(client);
    });
  }

  async listen(port: number): Promise<void> {
    await once(this.server.listen(port, '127.0.0.1'), 'listening');
  }

  pointTo(target: { host: string; port: number }): void {
    this.target = target;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
