import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** When the connection is cut: before the server gets a message, or before the client gets the answer. */
export type Cut = 'before the server gets it' | 'before the answer arrives';

export interface CuttingServer {
  readonly url: string;
  /** Cuts the connection that next sends a text that holds `text`. */
  cutAt(text: string, cut: Cut): void;
  stop(): Promise<void>;
}

/** Stands between an application and its server, and cuts a connection at a statement. */
export async function startCuttingServer(databaseUrl: string): Promise<CuttingServer> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let next: { text: string; cut: Cut } | undefined;
  const server = createServer((client) => {
    const upstream = connect(Number(target.port || 5432), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket.setNoDelay(true));
      socket.on('error', () => undefined).on('close', () => (client.destroy(), upstream.destroy()));
    }
    let isCut = false;
    client.on('data', (data) => {
      if (next !== undefined && data.includes(next.text)) {
        const { cut } = next;
        next = undefined;
        if (cut === 'before the server gets it') return client.destroy();
        isCut = true;
      }
      upstream.write(data);
    });
    upstream.on('data', (data) => (isCut ? client.destroy() : client.write(data)));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    cutAt: (text, cut) => (next = { text, cut }),
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
