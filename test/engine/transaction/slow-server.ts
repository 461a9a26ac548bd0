import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

const readyForQuery = 'Z'.charCodeAt(0);

/**
 * Stands between an application and its server, and holds each ReadyForQuery back for a moment: the
 * server sends an error at once, and the state of the transaction in a packet of its own.
 */
export async function startSlowServer(
  databaseUrl: string,
  delayMs: number,
): Promise<{ url: string; stop: () => Promise<void> }> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port || 5432), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket.setNoDelay(true));
      socket.on('error', () => undefined).on('close', () => (client.destroy(), upstream.destroy()));
    }
    client.on('data', (data) => upstream.write(data));
    let pending = Buffer.alloc(0);
    let sent = Promise.resolve();
    upstream.on('data', (data: Buffer) => {
      pending = Buffer.concat([pending, data]);
      while (pending.length >= 5 && pending.length > pending.readInt32BE(1)) {
        const message = pending.subarray(0, 1 + pending.readInt32BE(1));
        pending = pending.subarray(message.length);
        sent = sent.then(async () => {
          if (message[0] === readyForQuery) await new Promise((next) => setTimeout(next, delayMs));
          client.write(message);
        });
      }
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
