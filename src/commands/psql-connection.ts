import type { ServerConnection } from '../engine/config/database.config.js';
import { parseConnectionUrl } from '../engine/config/connection-url.js';
import { readEnvironment } from '../engine/config/environment.js';
import type { SslMode } from '../engine/config/ssl-mode.js';

/** Where a server listens, and as whom to sign in, in libpq's terms. */
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
 * The address of a configured server. How to encrypt is read once more: the driver has it in its own terms.
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

/** The environment variables that make psql connect there, and nowhere else. */
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

/** A URL for any client. The password is hidden unless it is asked for. */
export function connectionString(address: ServerAddress, showPassword: boolean): string {
  const { host, port, username, password, database, sslMode, sslRootCert } = address;
  const shownPassword = showPassword ? encodeURIComponent(password ?? '') : '***';
  const login = encodeURIComponent(username) + (password === undefined ? '' : `:${shownPassword}`);
  const parameters = new URLSearchParams({ sslmode: sslMode });
  if (sslRootCert !== undefined) parameters.set('sslrootcert', sslRootCert);
  // A folder of a Unix socket cannot stand where a host name does, nor an IPv6 address without brackets.
  if (host.startsWith('/')) parameters.set('host', host);
  const shownHost = host.startsWith('/') ? '' : host.includes(':') ? `[${host}]` : host;
  return `postgres://${login}@${shownHost}:${port}/${encodeURIComponent(database)}?${parameters.toString()}`;
}
