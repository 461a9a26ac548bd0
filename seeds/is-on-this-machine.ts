import type { ServerConnection } from '../src/engine/config/server-connection.js';
import type { DatabaseDataSource } from '../src/engine/transaction/database.data-source.js';

/**
 * Whether the database is on this machine: the embedded engine, or a server at a loopback address or on a Unix
 * socket of its own. A proxy to another machine, such as that of Cloud SQL, also listens on a Unix socket. So the
 * server is asked whether it got the connection by a socket.
 */
export async function isOnThisMachine(database: DatabaseDataSource): Promise<boolean> {
  const { connection } = database.config;
  if (connection.kind === 'embedded') return true;
  if (connection.hosts.every(isLoopback)) return true;
  if (!connection.hosts.every(isSocket)) return false;
  const [found] = await database.query<{ by_socket: boolean }[]>(
    'SELECT inet_server_addr() IS NULL AS by_socket',
  );
  return found!.by_socket;
}

type Host = ServerConnection['hosts'][number];

function isLoopback({ name, address = name }: Host): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|::1)$/i.test(address);
}

function isSocket({ name }: Host): boolean {
  return name.startsWith('/');
}
