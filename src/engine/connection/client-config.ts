import type { ServerClientConfig, ServerTarget } from '../driver/server.client.js';
import { typeParsers } from '../driver/type-parsers.js';
import type { DatabaseConfig } from '../config/database.config.js';
import type { ServerConnection, ServerHost } from '../config/server-connection.js';
import { passwordOf } from './password.js';

/** The login, in TypeORM's names, and the hosts, which `passServersOn()` gives to the clients. */
export function credentials(connection: ServerConnection) {
  const { hosts, username, database, ssl } = connection;
  const [{ name: host, port }] = hosts as [ServerHost];
  const server: ServerTarget = {
    hosts,
    sslNegotiation: connection.sslNegotiation,
    channelBinding: connection.channelBinding,
    targetSessionAttrs: connection.targetSessionAttrs,
    loadBalanceHosts: connection.loadBalanceHosts,
    serverOptions: connection.serverOptions,
    connectTimeout: connection.connectTimeout,
    keepAlive: connection.keepAlive,
    keepAliveDelay: connection.keepAliveDelay,
  };
  return { host, port, username, password: passwordOf(connection), database, ssl, server };
}

/** What the driver makes a connection from that TypeORM knows nothing of. */
export function clientConfig(
  { applicationName }: DatabaseConfig,
  connection: ServerConnection,
): ServerClientConfig {
  const { username: user, ...login } = credentials(connection);
  return { ...login, user, application_name: applicationName, types: typeParsers };
}
