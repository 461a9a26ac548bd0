import type { DataSourceOptions } from 'typeorm';
import type { DatabaseConfig } from '../config/database.config.js';
import type { PackagedTables } from '../config/packaged-tables.js';
import { credentials } from './client-config.js';
import { migrationLoggerFor } from './logging/host.logger.js';
import { DatabaseClient } from '../driver/database.client.js';
import { typeParsers } from '../driver/type-parsers.js';

type PostgresDataSourceOptions = Extract<DataSourceOptions, { type: 'postgres' }>;

/** TypeORM's options, and the settings that they are made from. */
export type DatabaseDataSourceOptions = PostgresDataSourceOptions & {
  readonly config: DatabaseConfig;
  readonly packaged: PackagedTables;
};

/**
 * TypeORM's options for a configured database and the package's tables. Only migrations change the schema.
 */
export function dataSourceOptions(
  config: DatabaseConfig,
  packaged: PackagedTables,
): DatabaseDataSourceOptions {
  // The embedded engine may be busy for long, and is in this process.
  const limit = config.connection.kind === 'embedded' ? 0 : config.connectTimeout;
  return {
    config,
    packaged,
    type: 'postgres',
    ...address(config),
    entities: [...packaged.entities, ...config.host.entities],
    migrations: [...packaged.migrations, ...config.host.migrations],
    ...(config.host.namingStrategy && { namingStrategy: config.host.namingStrategy }),
    subscribers: [...(config.features.subscribers ?? [])],
    cache: config.features.cache,
    ...(config.schema !== undefined && { schema: config.schema }),
    synchronize: false,
    // A migration creates the extensions, so that connecting does not need the privilege.
    installExtensions: false,
    // Keys come from gen_random_uuid(), not from the extension uuid-ossp.
    uuidExtension: 'pgcrypto',
    logger: migrationLoggerFor(config),
    poolSize: config.poolSize,
    applicationName: config.applicationName,
    connectTimeoutMS: config.connectTimeout,
    // Timeouts of statements, locks and idle transactions are not set here: the driver would send them as
    // start-up parameters, which PgBouncer refuses. Each transaction sets them instead.
    extra: {
      Client: DatabaseClient,
      types: typeParsers,
      onConnect: (client: DatabaseClient) => client.settle(config.schema, limit),
    },
  };
}

/** The login of the primary. The pools of the replicas are not TypeORM's. */
function address({ connection }: DatabaseConfig): Partial<PostgresDataSourceOptions> {
  // Every connection to the embedded engine is its superuser's. Host and port are known once it runs.
  if (connection.kind === 'embedded') return { username: 'postgres', database: 'postgres' };
  return credentials(connection);
}
