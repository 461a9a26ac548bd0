import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { DatabaseOptions } from './database-options.js';
import { parseConnectionUrl } from './connection-url.js';
import type { Environment } from './environment.js';
import { InvalidConfigurationError } from './errors.js';
import {
  definedOnly,
  hostOrders,
  targetSessionAttributes,
  type ChannelBinding,
  type LoadBalanceHosts,
  type Password,
  type ServerSettings,
  type SslNegotiation,
  type TargetSessionAttrs,
} from './server-settings.js';
import { readService } from './service-file.js';
import { sslModes, tlsOptions, type TlsOptions, type TlsSettings } from './ssl-mode.js';

/** A host on which a server may be. */
export interface ServerHost {
  /** Host name, address, or the folder of a Unix socket. */
  readonly name: string;
  readonly port: number;
  /** The address to connect to, if the name is not looked up. */
  readonly address?: string;
}

/** A PostgreSQL server, with every default filled in. Times are in milliseconds. */
export interface ServerConnection {
  readonly kind: 'server';
  /** In the order in which they are tried. */
  readonly hosts: readonly ServerHost[];
  readonly username: string;
  readonly password: Password | undefined;
  /** Path of the password file, which is read when there is no password. */
  readonly passFile: string;
  readonly database: string;
  readonly ssl: TlsOptions;
  /** What `ssl` was made from. */
  readonly tls: TlsSettings;
  readonly sslNegotiation: SslNegotiation;
  readonly channelBinding: ChannelBinding;
  readonly targetSessionAttrs: TargetSessionAttrs;
  readonly loadBalanceHosts: LoadBalanceHosts;
  readonly serverOptions: string | undefined;
  /** The longest to wait for each host; 0 for no limit. */
  readonly connectTimeout: number;
  readonly keepAlive: boolean;
  readonly keepAliveDelay: number;
}

/**
 * What is known of the server; undefined when nothing names one. Which server, role and database it is comes
 * from one source: the options, else `DATABASE_URL`, else the `PG*` variables. The other variables add to any
 * source what it leaves out.
 *
 * @throws InvalidConfigurationError when a setting is wrong
 */
export function resolveServer(
  options: DatabaseOptions,
  environment: Environment,
): ServerSettings | undefined {
  if (options.embedded !== undefined) return undefined;
  const source = namedServer(options, environment);
  if (source === undefined) return undefined;
  return {
    ...settingsOf(environment),
    ...(source.service !== undefined && readService(source.service, environment)),
    ...source,
    ...optionsOf(options),
  };
}

/**
 * What is known of each replica. What its URL leaves out is as for the primary.
 *
 * @throws InvalidConfigurationError when a URL is wrong
 */
export function resolveReplicas(
  { replicas }: DatabaseOptions,
  environment: Environment,
  primary: ServerSettings = {},
): ServerSettings[] {
  const name = replicas === undefined ? 'DATABASE_REPLICA_URLS' : 'the option "replicas"';
  const elsewhere = {
    host: undefined,
    hostAddress: undefined,
    port: undefined,
    targetSessionAttrs: undefined,
    loadBalanceHosts: undefined,
  };
  return (replicas ?? environment.DATABASE_REPLICA_URLS ?? []).map((url) => {
    const own = parseConnectionUrl(url, name);
    const service = own.service === undefined ? {} : readService(own.service, environment);
    return { ...primary, ...elsewhere, ...service, ...own };
  });
}

/** Fills in the defaults. */
export function serverConnection(
  settings: ServerSettings,
  connectTimeout: number,
): ServerConnection {
  const username = settings.username ?? userInfo().username;
  const { sslMode, sslRootCert, sslCert, sslKey, sslPassword } = settings;
  const tls = definedOnly({ sslMode, sslRootCert, sslCert, sslKey, sslPassword });
  const ssl = tlsOptions(tls);
  const { channelBinding = 'prefer', sslNegotiation = 'postgres' } = settings;
  if (ssl === false && (channelBinding === 'require' || sslNegotiation === 'direct')) {
    throw new InvalidConfigurationError([
      'channel_binding=require and sslnegotiation=direct need TLS: add sslmode=require or verify-full.',
    ]);
  }
  return {
    kind: 'server',
    hosts: hostsOf(settings),
    username,
    password: settings.password,
    passFile: settings.passFile ?? defaultPassFile(),
    database: settings.database ?? username,
    ssl,
    tls,
    sslNegotiation,
    channelBinding,
    targetSessionAttrs: settings.targetSessionAttrs ?? 'any',
    loadBalanceHosts: settings.loadBalanceHosts ?? 'disable',
    serverOptions: settings.serverOptions,
    connectTimeout: settings.connectTimeout ?? connectTimeout,
    keepAlive: settings.keepAlive ?? true,
    keepAliveDelay: settings.keepAliveDelay ?? 10_000,
  };
}

/** Where the server may be, as `a:5432, b:5433`, for logs and messages. */
export function addressOf({ hosts }: Pick<ServerConnection, 'hosts'>): string {
  return hosts.map(({ name, port }) => `${name}:${port}`).join(', ');
}

function namedServer(
  { url, host, database }: DatabaseOptions,
  environment: Environment,
): ServerSettings | undefined {
  if (url !== undefined) return parseConnectionUrl(url, 'the option "url"');
  if (host !== undefined || database !== undefined) return {};
  if (environment.DATABASE_URL !== undefined) return parseConnectionUrl(environment.DATABASE_URL);
  const { PGHOST, PGHOSTADDR, PGPORT, PGUSER, PGDATABASE, PGSERVICE } = environment;
  const named = definedOnly({
    host: PGHOST,
    hostAddress: PGHOSTADDR,
    port: PGPORT,
    username: PGUSER,
    database: PGDATABASE,
  });
  // A service comes before the variables.
  if (PGSERVICE !== undefined) return { ...named, ...readService(PGSERVICE, environment) };
  return Object.keys(named).length === 0 ? undefined : named;
}

/** The variables that say how to log in, and not where. */
function settingsOf(environment: Environment): ServerSettings {
  return definedOnly({
    password: environment.PGPASSWORD,
    passFile: environment.PGPASSFILE,
    sslMode: environment.PGSSLMODE,
    sslRootCert: environment.PGSSLROOTCERT,
    sslCert: environment.PGSSLCERT,
    sslKey: environment.PGSSLKEY,
    sslNegotiation: environment.PGSSLNEGOTIATION,
    channelBinding: environment.PGCHANNELBINDING,
    targetSessionAttrs: environment.PGTARGETSESSIONATTRS,
    loadBalanceHosts: environment.PGLOADBALANCEHOSTS,
    applicationName: environment.PGAPPNAME,
    serverOptions: environment.PGOPTIONS,
    ...keepAlive(environment.DATABASE_KEEP_ALIVE_DELAY),
  });
}

function keepAlive(delay: number | undefined): ServerSettings {
  return delay === undefined ? {} : { keepAlive: delay > 0, keepAliveDelay: delay };
}

/** The options that take one of a few words. */
const choices = {
  sslMode: sslModes,
  targetSessionAttrs: targetSessionAttributes,
  loadBalanceHosts: hostOrders,
} as const satisfies Partial<Record<keyof DatabaseOptions, readonly string[]>>;

function optionsOf(options: DatabaseOptions): ServerSettings {
  for (const [name, values] of Object.entries(choices)) {
    const value = options[name as keyof typeof choices];
    if (value !== undefined && !(values as readonly string[]).includes(value)) {
      throw new InvalidConfigurationError([
        `the option "${name}" takes one of ${values.join(', ')}.`,
      ]);
    }
  }
  const { host, port, username, password, database, sslMode, sslRootCert } = options;
  const { sslCert, sslKey, targetSessionAttrs, loadBalanceHosts } = options;
  const { applicationName, connectTimeout } = options;
  return definedOnly({
    host,
    port: port?.toString(),
    username,
    password,
    database,
    sslMode,
    sslRootCert,
    sslCert,
    sslKey,
    targetSessionAttrs,
    loadBalanceHosts,
    applicationName,
    connectTimeout,
    ...keepAlive(options.keepAliveDelay),
  });
}

/** Pairs names, addresses and ports, as libpq does: one port is that of every host. */
function hostsOf({ host, hostAddress, port }: ServerSettings): ServerHost[] {
  const addresses = hostAddress?.split(',');
  const names = host?.split(',') ?? addresses ?? ['localhost'];
  const ports = port?.split(',') ?? [''];
  const fits = (list: string[]) => list.length === names.length;
  if (!fits(addresses ?? names) || !(ports.length === 1 || fits(ports))) {
    throw new InvalidConfigurationError([
      `the server has ${names.length} hosts; give each a port, or one port for all, and each an address (hostaddr), or none.`,
    ]);
  }
  return names.map((name, i) => {
    const address = addresses?.[i] || undefined;
    return {
      name: name || address || 'localhost',
      port: Number((ports.length === 1 ? ports[0] : ports[i]) || 5432),
      ...(address !== undefined && { address }),
    };
  });
}

function defaultPassFile(): string {
  return process.platform === 'win32'
    ? join(process.env.APPDATA ?? homedir(), 'postgresql', 'pgpass.conf')
    : join(homedir(), '.pgpass');
}
