import type { Pool } from 'pg';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import type { DatabaseClient } from '../driver/database.client.js';
import { longestConnect, type ServerTarget } from '../driver/server.client.js';
import type { AnswerWatch } from './silence/answer-watch.js';

/** What TypeORM makes a pool from. */
interface PoolOptions {
  readonly extra: {
    readonly onConnect: (client: DatabaseClient) => Promise<void>;
    readonly [setting: string]: unknown;
  };
  readonly connectTimeoutMS?: number;
}

/**
 * Gives the clients of the pool the hosts of its server. TypeORM passes on the fields that it knows, and no
 * others. Has the connections of the pool watched.
 */
export function passServersOn(driver: PostgresDriver, watch: AnswerWatch): void {
  const pools = driver as unknown as {
    createPool(options: PoolOptions, credentials: { server?: ServerTarget }): Promise<Pool>;
  };
  const createPool = pools.createPool.bind(driver);
  pools.createPool = async (options, credentials) => {
    const { server } = credentials;
    const { extra } = options;
    if (server === undefined) return createPool(options, credentials);
    const pool = await createPool(
      {
        ...options,
        // The pool gives up when every host has had its time.
        connectTimeoutMS: longestConnect(server),
        extra: { ...extra, server, ...watch.settings(extra.onConnect) },
      },
      credentials,
    );
    watch.watch(pool);
    return pool;
  };
}
