import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { longestConnect, type ServerTarget } from '../driver/server.client.js';

/** What TypeORM makes a pool from. */
interface PoolOptions {
  readonly extra?: object;
  readonly connectTimeoutMS?: number;
}

/**
 * Gives the clients of each pool the hosts of its server. TypeORM passes on the fields that it knows, and no
 * others.
 */
export function passServersOn(driver: PostgresDriver): void {
  const pools = driver as unknown as {
    createPool(options: PoolOptions, credentials: { server?: ServerTarget }): Promise<unknown>;
  };
  const createPool = pools.createPool.bind(driver);
  pools.createPool = (options, credentials) => {
    const { server } = credentials;
    if (server === undefined) return createPool(options, credentials);
    return createPool(
      {
        ...options,
        // The pool gives up when every host has had its time.
        connectTimeoutMS: longestConnect(server),
        extra: { ...options.extra, server },
      },
      credentials,
    );
  };
}
