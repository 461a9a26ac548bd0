import type { DatabaseConfig } from '../config/database.config.js';
import { addressOf } from '../config/server-connection.js';

/** How telemetry names a database. */
export interface TelemetryTarget {
  /** The database and, if one is configured, its schema. */
  readonly namespace: string;
  /** The name of the pool of the primary. */
  readonly pool: string;
  /** Whether statements have the address of their server. The embedded engine has none. */
  readonly hasServer: boolean;
}

export function telemetryTarget({ connection, schema }: DatabaseConfig): TelemetryTarget {
  const isEmbedded = connection.kind === 'embedded';
  const database = isEmbedded ? 'postgres' : connection.database;
  return {
    namespace: schema === undefined ? database : `${database}|${schema}`,
    pool: isEmbedded ? 'embedded' : `${addressOf(connection)}/${database}`,
    hasServer: !isEmbedded,
  };
}
