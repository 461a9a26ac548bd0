import type { DatabaseConfig } from '../../config/database.config.js';
import type { ServerConnection } from '../../config/server-connection.js';
import { DatabaseClient } from '../../driver/database.client.js';
import { clientConfig } from '../client-config.js';

/**
 * Asks a server something on a connection of its own, which the pool knows nothing of, and closes it.
 *
 * @param limitMs the maximum for connection and answer, in milliseconds
 * @throws Error when the server does not answer in time, or refuses
 */
export async function askServer<Row extends object>(
  config: DatabaseConfig,
  server: ServerConnection,
  limitMs: number,
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = await openClient(config, server, limitMs);
  try {
    return (await client.queryWithin<Row>(limitMs, sql, values)).rows;
  } finally {
    void client.end().catch(() => undefined);
  }
}

/** Opens a connection that no pool knows of. */
export async function openClient(
  config: DatabaseConfig,
  server: ServerConnection,
  limitMs: number,
): Promise<DatabaseClient> {
  const client = new DatabaseClient(clientConfig(config, { ...server, connectTimeout: limitMs }));
  client.on('error', () => undefined);
  const giveUp = () => client.cut(new Error(`the server did not answer within ${limitMs} ms`));
  const timer = setTimeout(giveUp, limitMs);
  try {
    await client.connect();
  } finally {
    clearTimeout(timer);
  }
  return client;
}
