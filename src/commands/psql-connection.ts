import type { ServerConnection } from '../engine/config/server-connection.js';

/** The address and the login of a server, by libpq's names of the parameters. */
export type ServerAddress = Readonly<Partial<Record<Parameter, string>>>;

type Parameter = keyof typeof variables;

/** The environment variable of each parameter. */
const variables = {
  host: 'PGHOST',
  hostaddr: 'PGHOSTADDR',
  port: 'PGPORT',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  passfile: 'PGPASSFILE',
  dbname: 'PGDATABASE',
  sslmode: 'PGSSLMODE',
  sslnegotiation: 'PGSSLNEGOTIATION',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  channel_binding: 'PGCHANNELBINDING',
  target_session_attrs: 'PGTARGETSESSIONATTRS',
  load_balance_hosts: 'PGLOADBALANCEHOSTS',
  options: 'PGOPTIONS',
} as const;

/** What a server has unless it is said otherwise. An older libpq does not know all of these parameters. */
const defaults: ServerAddress = {
  sslnegotiation: 'postgres',
  channel_binding: 'prefer',
  target_session_attrs: 'any',
  load_balance_hosts: 'disable',
};

/** The address of the configured server. */
export function serverAddress(connection: ServerConnection): ServerAddress {
  const { hosts, password, tls } = connection;
  const address: ServerAddress = {
    host: hosts.map(({ name }) => name).join(','),
    hostaddr: hosts
      .map(({ address = '' }) => address)
      .join(',')
      .replace(/^,*$/, ''),
    port: hosts.map(({ port }) => port).join(','),
    user: connection.username,
    password: typeof password === 'string' ? password : undefined,
    passfile: connection.passFile,
    dbname: connection.database,
    sslmode: tls.sslMode ?? 'disable',
    sslnegotiation: connection.sslNegotiation,
    sslrootcert: tls.sslRootCert,
    sslcert: tls.sslCert,
    sslkey: tls.sslKey,
    channel_binding: connection.channelBinding,
    target_session_attrs: connection.targetSessionAttrs,
    load_balance_hosts: connection.loadBalanceHosts,
    options: connection.serverOptions,
  };
  return Object.fromEntries(
    Object.entries(address).filter(
      ([name, value]) => value && value !== defaults[name as Parameter],
    ),
  );
}

/** Environment variables with which psql connects to the address, and to no other. */
export function libpqVariables(address: ServerAddress): NodeJS.ProcessEnv {
  const entries = Object.entries(variables).map(([name, variable]) => [
    variable,
    address[name as Parameter],
  ]);
  return { PGSERVICE: undefined, ...Object.fromEntries(entries) };
}

/** A connection URL for any client. The password is hidden unless `showPassword` is true. */
export function connectionString(address: ServerAddress, showPassword: boolean): string {
  const { host = '', port = '', user = '', password, dbname = '', ...others } = address;
  const shownPassword = showPassword ? encodeURIComponent(password ?? '') : '***';
  const login = encodeURIComponent(user) + (password === undefined ? '' : `:${shownPassword}`);
  const ports = port.split(',');
  const hosts = host.split(',').map((name, i) => `${inUrl(name)}:${ports[i]}`);
  const parameters = Object.entries({ ...others, passfile: undefined })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${encodeURIComponent(value!)}`);
  return `postgres://${login}@${hosts.join(',')}/${encodeURIComponent(dbname)}?${parameters.join('&')}`;
}

/** In a URL, the folder of a Unix socket has to be percent-encoded, and an IPv6 address has to be in brackets. */
function inUrl(host: string): string {
  return host.includes(':') && !host.startsWith('/') ? `[${host}]` : encodeURIComponent(host);
}
