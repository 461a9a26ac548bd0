import type { ServerLogin } from './database-options.js';
import type { TlsSettings } from './ssl-mode.js';

export const targetSessionAttributes = [
  'any',
  'read-write',
  'read-only',
  'primary',
  'standby',
  'prefer-standby',
] as const;
/** What the session that a connection opens must be able to do (PostgreSQL manual, `target_session_attrs`). */
export type TargetSessionAttrs = (typeof targetSessionAttributes)[number];

export const hostOrders = ['disable', 'random'] as const;
/** Whether hosts are tried in their order, or in a random one (PostgreSQL manual, `load_balance_hosts`). */
export type LoadBalanceHosts = (typeof hostOrders)[number];

export const channelBindings = ['disable', 'prefer', 'require'] as const;
/** Whether a login is bound to the TLS connection (PostgreSQL manual, `channel_binding`). */
export type ChannelBinding = (typeof channelBindings)[number];

export const sslNegotiations = ['postgres', 'direct'] as const;
/** How TLS begins (PostgreSQL manual, `sslnegotiation`). */
export type SslNegotiation = (typeof sslNegotiations)[number];

/** A password, or a function that is asked for it at each new connection. */
export type Password = string | ((login: ServerLogin) => string | Promise<string>);

/**
 * What a URL, a service file, the options or the environment say about a server. What they leave out is
 * undefined.
 */
export interface ServerSettings extends TlsSettings {
  /** Names, addresses, or folders of Unix sockets, separated by commas. */
  readonly host?: string;
  /** Addresses to connect to instead of looking up `host`, separated by commas. */
  readonly hostAddress?: string;
  /** Ports, separated by commas. */
  readonly port?: string;
  readonly username?: string;
  readonly password?: Password;
  /** Path of a password file. */
  readonly passFile?: string;
  readonly database?: string;
  /** A section of the service file. */
  readonly service?: string;
  readonly sslNegotiation?: SslNegotiation;
  readonly channelBinding?: ChannelBinding;
  readonly targetSessionAttrs?: TargetSessionAttrs;
  readonly loadBalanceHosts?: LoadBalanceHosts;
  readonly applicationName?: string;
  /** Options for the server's command line, such as `-c search_path=app`. */
  readonly serverOptions?: string;
  /** The longest to wait for one host, in milliseconds. */
  readonly connectTimeout?: number;
  readonly keepAlive?: boolean;
  /** How long a connection is idle before the first keep-alive probe, in milliseconds. */
  readonly keepAliveDelay?: number;
}

/** Leaves out what is undefined, so that it replaces nothing. */
export function definedOnly<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}
