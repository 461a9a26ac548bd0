import pg, { type Pool, type PoolClient, type PoolConfig } from 'pg';
import type { DatabaseConfig } from '../../config/database.config.js';
import type { ServerConnection } from '../../config/server-connection.js';
import { DatabaseClient } from '../../driver/database.client.js';
import { longestConnect } from '../../driver/server.client.js';
import { clientConfig } from '../client-config.js';
import { AnswerWatch } from '../silence/answer-watch.js';
import { deadConnections } from '../silence/inquiry.js';

/** A connection of the pool, and the function that gives it back. */
export type Lent = [client: PoolClient, release: (error?: Error | boolean) => void];

/** The connections to a replica. Unlike a pool of the driver, it can be given up at once, and then refills. */
export class ReplicaPool {
  private pool: Pool;
  private readonly watch: AnswerWatch;
  /** The connections that are open. */
  private readonly clients = new Set<DatabaseClient>();
  /** Rejects those who wait for a connection. */
  private readonly waiting = new Set<(reason: Error) => void>();

  constructor(
    private readonly config: DatabaseConfig,
    private readonly server: ServerConnection,
  ) {
    this.watch = new AnswerWatch(
      config.timeouts.answer,
      (silent) => deadConnections(silent, this.watch, config, server),
      // The checks of the replica find out, and give the whole pool up.
      () => Promise.resolve(false),
    );
    this.pool = this.open();
  }

  /** How many connections are in use or waited for. */
  get load(): number {
    const { totalCount, idleCount, waitingCount } = this.pool;
    return totalCount - idleCount + waitingCount;
  }

  /**
   * Takes a connection.
   *
   * @throws Error when none becomes free or can be opened in time, or when the pool is given up
   */
  take(): Promise<Lent> {
    return new Promise((resolve, reject) => {
      this.waiting.add(reject);
      this.pool.connect((error, client, release) => {
        // Given up meanwhile. There is no connection if it also took too long.
        if (!this.waiting.delete(reject)) return client?.release(true);
        if (error !== undefined) reject(error);
        else resolve([client!, release]);
      });
    });
  }

  /** Closes every connection, in use or not, and sends those away who wait for one. */
  giveUp(reason: Error): void {
    const { pool } = this;
    this.pool = this.open();
    for (const reject of this.waiting) reject(reason);
    this.waiting.clear();
    for (const client of this.clients) client.cut(reason);
    void pool.end();
  }

  /** Closes the pool. */
  async end(): Promise<void> {
    const { pool } = this;
    // The data source may be initialized again.
    this.pool = this.open();
    await pool.end();
    this.watch.stop();
  }

  private open(): Pool {
    const { schema, poolSize, connectTimeout } = this.config;
    const login = clientConfig(this.config, this.server);
    const settings = {
      ...login,
      Client: DatabaseClient,
      max: poolSize,
      connectionTimeoutMillis: longestConnect(login.server!),
      ...this.watch.settings((client) => client.settle(schema, connectTimeout)),
    };
    // The driver's types know neither our client nor a password function with parameters.
    const pool = new pg.Pool(settings as unknown as PoolConfig);
    pool.on('connect', (connected) => {
      const client = connected as unknown as DatabaseClient;
      this.clients.add(client);
      client.once('end', () => this.clients.delete(client));
    });
    // The checks of the replica notice what ends a connection that nobody uses.
    pool.on('error', () => undefined);
    this.watch.watch(pool);
    return pool;
  }
}
