import type { ConnectionOptions } from 'node:tls';
import pg, { type ClientConfig, type QueryResult } from 'pg';
import { isTransientConnectionFailure, UnsuitableHostError } from './transient-failures.js';

/** A host on which a server may be. */
export interface TargetHost {
  readonly name: string;
  readonly port: number;
  /** The address to connect to, if the name is not looked up. */
  readonly address?: string;
}

/** The hosts of a server, and how to connect to them. The login is in the driver's own configuration. */
export interface ServerTarget {
  readonly hosts: readonly TargetHost[];
  readonly sslNegotiation: 'postgres' | 'direct';
  readonly channelBinding: 'disable' | 'prefer' | 'require';
  readonly targetSessionAttrs: keyof typeof suits | 'prefer-standby';
  readonly loadBalanceHosts: 'disable' | 'random';
  readonly serverOptions: string | undefined;
  /** The longest to wait for each host, in milliseconds; 0 for no limit. */
  readonly connectTimeout: number;
  readonly keepAlive: boolean;
  readonly keepAliveDelay: number;
}

export interface ServerClientConfig extends ClientConfig {
  readonly server?: ServerTarget;
  /** Called with each client that is about to connect. What it returns is called if that fails. */
  readonly onConnecting?: (client: ServerClient) => () => void;
}

interface Session {
  readonly standby: boolean;
  readonly readOnly: boolean;
}

/** Whether a session is one that `target_session_attrs` asks for. */
const suits = {
  any: () => true,
  'read-write': ({ readOnly }: Session) => !readOnly,
  'read-only': ({ readOnly }: Session) => readOnly,
  primary: ({ standby }: Session) => !standby,
  standby: ({ standby }: Session) => standby,
};

/** A host to try, and what its session must be. */
interface Candidate {
  readonly host: TargetHost;
  readonly need: keyof typeof suits;
}

type Tls = ConnectionOptions | false;
type ConnectCallback = (error: any, client?: any) => void;

/** The longest that a connection to the server may take, in milliseconds; 0 for no limit. */
export function longestConnect(server: ServerTarget): number {
  return server.connectTimeout * candidatesOf(server).length;
}

/**
 * The driver's client. In addition to the driver's, it connects to the first suitable one of several hosts, and
 * can insist on channel binding.
 *
 * A host that does not answer in time, is starting, or has not the session that is asked for is passed over. A
 * refused login is final, as in libpq, except that a function is asked once more for the password.
 */
export class ServerClient extends pg.Client {
  private readonly server: ServerTarget | undefined;
  private readonly tls: Tls;
  private readonly askForPassword: ClientConfig['password'];
  private readonly onConnecting: ServerClientConfig['onConnecting'];

  constructor(config: ServerClientConfig) {
    const { server } = config;
    // The pool hides the password, so that a copy of its options does not have it.
    super(
      server === undefined
        ? config
        : { ...driverConfig(config, server), password: config.password },
    );
    this.server = server;
    this.tls = (config.ssl as Tls | undefined) ?? false;
    this.askForPassword = config.password;
    this.onConnecting = config.onConnecting;
    // The driver would take what is left out from the environment.
    if (server !== undefined) Object.assign(this.parameters, { options: server.serverOptions });
  }

  // Covers the driver's overloads.
  override connect(callback?: ConnectCallback): any {
    if (callback === undefined) {
      return new Promise<ServerClient>((resolve, reject) =>
        this.connect((error: Error | null) => (error === null ? resolve(this) : reject(error))),
      );
    }
    if (this.server === undefined) return super.connect(callback);
    const onFailure = this.onConnecting?.(this);
    this.tryNext(candidatesOf(this.server), [], (error, client) => {
      if (error !== null) onFailure?.();
      callback(error, client);
    });
  }

  /** The host and port that it connects to, as they are configured. */
  get address(): { host: string; port: number } {
    return this.parameters;
  }

  /** Closes the connection without a word to the server. What is running fails with `reason`. */
  cut(reason?: Error): void {
    this.connection.stream.destroy(reason);
  }

  private get parameters(): { host: string; port: number; options?: string } {
    return (this as unknown as { connectionParameters: ServerClient['parameters'] })
      .connectionParameters;
  }

  /** Tries one candidate after the other. Callbacks, because a promise would miss an error that comes at once. */
  private tryNext(
    candidates: readonly Candidate[],
    failures: readonly Error[],
    callback: ConnectCallback,
    isSecondLogin = false,
  ): void {
    const [candidate, ...others] = candidates;
    this.attempt(candidate!, (error) => {
      if (error === null) return callback(null, this);
      this.abandon();
      if ((this as unknown as { _ending: boolean })._ending) return callback(error);
      if (!isSecondLogin && this.mayHaveChanged(error)) {
        this.rearm();
        return this.tryNext(candidates, failures, callback, true);
      }
      if (!isTransientConnectionFailure(error)) return callback(error);
      const soFar = [...failures, error];
      if (others.length === 0) return callback(summaryOf(soFar));
      this.rearm();
      this.tryNext(others, soFar, callback);
    });
  }

  /** Whether the password may have changed while the server and the function were asked for it. */
  private mayHaveChanged(error: Error): boolean {
    const isWrong = (error as { code?: string }).code === '28P01';
    return isWrong && typeof this.askForPassword === 'function';
  }

  private attempt({ host, need }: Candidate, done: (error: Error | null) => void): void {
    this.aim(host);
    if (this.server!.channelBinding === 'require') this.insistOnBinding();
    super.connect((error: Error | null) => {
      if (error !== null || need === 'any') return done(error);
      // Until the pool has the client, nobody listens for the end of the connection.
      const ignore = () => undefined;
      this.on('error', ignore);
      super.query(
        `SELECT pg_is_in_recovery() AS standby, current_setting('transaction_read_only') = 'on' AS "readOnly"`,
        (failure: Error | null, result: QueryResult<Session>) => {
          this.off('error', ignore);
          done(failure ?? unsuitability(host, need, result.rows[0]!));
        },
      );
    });
  }

  /** Points the unconnected client at a host. */
  private aim(host: TargetHost): void {
    const ssl = tlsFor(host, this.tls);
    Object.assign(this, {
      host: host.address ?? host.name,
      port: host.port,
      ssl,
      // The driver replaces a function by what it returned.
      password: this.passwordForAttempt(),
      enableChannelBinding: ssl !== false && this.server!.channelBinding !== 'disable',
    });
    Object.assign(this.parameters, { host: host.name, port: host.port });
    Object.assign(this.connection, { ssl });
  }

  /**
   * The password, or the function that the driver asks for it. What a function returns after its attempt was
   * given up must not get into the next one.
   */
  private passwordForAttempt(): unknown {
    const { askForPassword: ask, connection } = this;
    if (typeof ask !== 'function') return ask;
    return async (login: unknown) => {
      const password = await (ask as (login: unknown) => Promise<string>)(login);
      return this.connection === connection ? password : await new Promise(() => undefined);
    };
  }

  /** Fails the connection before a password is sent to a server that does not offer channel binding. */
  private insistOnBinding(): void {
    const { connection } = this;
    let isOffered = false;
    const check = (message: { mechanisms?: readonly string[] }) => {
      isOffered ||= message.mechanisms?.includes('SCRAM-SHA-256-PLUS') ?? false;
      if (isOffered) return;
      connection.emit(
        'error',
        new Error('channel_binding=require, and the server does not offer it'),
      );
    };
    for (const request of ['SASL', 'CleartextPassword', 'MD5Password', 'Ok']) {
      connection.on(`authentication${request}`, check);
    }
  }

  /** Closes the connection of a failed attempt, which the client hears nothing of any more. */
  private abandon(): void {
    this.connection.removeAllListeners();
    this.connection.on('error', () => undefined);
    this.connection.end();
  }

  /** Gives the client a new connection, and the state of a client that never connected. */
  private rearm(): void {
    Object.assign(this, {
      connection: new pg.Connection(connectionConfig(this.server!)),
      _connecting: false,
      _connected: false,
      _connectionError: false,
      _queryable: true,
      _ended: false,
      readyForQuery: false,
      saslSession: null,
    });
  }
}

function driverConfig(config: ClientConfig, server: ServerTarget): ClientConfig {
  return {
    ...config,
    sslnegotiation: server.sslNegotiation,
    keepAlive: server.keepAlive,
    keepAliveInitialDelayMillis: server.keepAliveDelay,
    connectionTimeoutMillis: server.connectTimeout,
  };
}

/** What the driver makes a connection from, which has other names than those of the client's configuration. */
function connectionConfig({ sslNegotiation, keepAlive, keepAliveDelay }: ServerTarget) {
  return { sslNegotiation, keepAlive, keepAliveInitialDelayMillis: keepAliveDelay };
}

function candidatesOf({
  hosts,
  targetSessionAttrs: wanted,
  loadBalanceHosts,
}: ServerTarget): Candidate[] {
  const ordered = loadBalanceHosts === 'random' ? shuffled(hosts) : hosts;
  const needs = wanted === 'prefer-standby' ? (['standby', 'any'] as const) : [wanted];
  return needs.flatMap((need) => ordered.map((host) => ({ host, need })));
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, order: Math.random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}

/** The TLS settings for a host. There is no TLS on a Unix socket. */
function tlsFor(host: TargetHost, tls: Tls): Tls {
  if (tls === false || host.name.startsWith('/')) return false;
  if (host.address === undefined) return tls;
  // The certificate is for the name. The driver hides the key, so that a copy does not have it.
  return { ...tls, ...(tls.key && { key: tls.key }), host: host.name, servername: host.name };
}

function unsuitability(
  { name, port }: TargetHost,
  need: keyof typeof suits,
  session: Session,
): UnsuitableHostError | null {
  if (suits[need](session)) return null;
  const is = session.standby ? 'a standby' : session.readOnly ? 'read-only' : 'the primary';
  return new UnsuitableHostError(`${name}:${port} is ${is}, and not ${need}`);
}

/** One error for all hosts. */
function summaryOf(failures: readonly Error[]): Error {
  const [first, ...others] = failures;
  if (others.length === 0) return first!;
  const reasons = failures.map((failure) => failure.message || failure.name);
  return new AggregateError(failures, reasons.join('; '));
}
