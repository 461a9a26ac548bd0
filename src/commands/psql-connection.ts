import type { ServerConnection } from '../engine/config/database.config.js';
import { parseConnectionUrl } from '../engine/config/connection-url.js';
import { readEnvironment } from '../engine/config/environment.js';
import type { SslMode } from '../engine/config/ssl-mode.js';

/** The address and the login of a server, with the names and values of libpq. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password?: string;
  readonly database: string;
  readonly sslMode: SslMode;
  readonly sslRootCert?: string;
}

/**
 * The address of the configured server. The SSL mode is read from the environment again, because the connection
 * has only the driver's TLS options.
 */
export function serverAddress(connection: ServerConnection): ServerAddress {
  const environment = readEnvironment(process.env);
  const { sslMode, sslRootCert } =
    environment.DATABASE_URL === undefined
      ? { sslMode: environment.PGSSLMODE, sslRootCert: environment.PGSSLROOTCERT }
      : parseConnectionUrl(environment.DATABASE_URL);
  const { host, port, username, password, database } = connection;
  return { host, port, username, password, database, sslMode: sslMode ?? 'disable', sslRootCert };
}

/** Environment variables with which psql connects to the address. */
export function libpqVariables(address: ServerAddress): NodeJS.ProcessEnv {
  return {
    PGHOST: address.host,
    PGPORT: String(address.port),
    PGUSER: address.username,
    PGPASSWORD: address.password,
    PGDATABASE: address.database,
    PGSSLMODE: address.sslMode,
    PGSSLROOTCERT: address.sslRootCert,
  };
}

/** A connection URL for any client. The password is hidden unless `showPassword` is true. */
export function connectionString(address: ServerAddress, showPassword: boolean): string {
  const { host, port, username, password, database, sslMode, sslRootCert } = address;
  const shownPassword = showPassword ? encodeURIComponent(password ?? '') : '***';
  const login = encodeURIComponent(username) + (password === undefined ? '' : `:${shownPassword}`);
  const parameters = new URLSearchParams({ sslmode: sslMode });
  if (sslRootCert !== undefined) parameters.set('sslrootcert', sslRootCert);
  // In a URL, the folder of a Unix socket has to be a parameter, and an IPv6 address has to be in brackets.
  if (host.startsWith('/')) parameters.set('host', host);
  const shownHost = host.startsWith('/') ? '' : host.includes(':') ? `[${host}]` : host;
  return `postgres://${login}@${shownHost}:${port}/${encodeURIComponent(database)}?${parameters.toString()}`;
}
