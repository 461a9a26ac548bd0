import type { DataSourceOptions } from 'typeorm';
import type { DatabaseConfig, ServerConnection } from '../config/database.config.js';
import type { PackagedTables } from '../config/packaged-tables.js';
import { migrationLoggerFor } from './logging/host.logger.js';
import { DatabaseClient } from './database.client.js';
import { typeParsers } from './type-parsers.js';

type PostgresDataSourceOptions = Extract<DataSourceOptions, { type: 'postgres' }>;

/** TypeORM's options, with the settings that they were made from. */
export type DatabaseDataSourceOptions = PostgresDataSourceOptions & {
  readonly config: DatabaseConfig;
  readonly packaged: PackagedTables;
};

/** TypeORM's options for a configured database, with the package's tables. The schema is the migrations' business alone. */
export function dataSourceOptions(
  config: DatabaseConfig,
  packaged: PackagedTables,
): DatabaseDataSourceOptions {
  return {
    config,
    packaged,
    type: 'postgres',
    ...addresses(config),
    entities: [...packaged.entities, ...config.host.entities],
    migrations: [...packaged.migrations, ...config.host.migrations],
    ...(config.host.namingStrategy && { namingStrategy: config.host.namingStrategy }),
    subscribers: [...(config.features.subscribers ?? [])],
    cache: config.features.cache,
    synchronize: false,
    // The first migration creates the extensions; connecting must not need the right to.
    installExtensions: false,
    // Keys come from gen_random_uuid(), not from the extension uuid-ossp.
    uuidExtension: 'pgcrypto',
    logger: migrationLoggerFor(config),
    poolSize: config.poolSize,
    applicationName: config.applicationName,
    connectTimeoutMS: config.connectTimeout,
    // Time-outs of statements, locks and idle transactions are not given here: the driver would send
    // them as start-up parameters, which PgBouncer refuses. They go with each transaction.
    extra: {
      keepAlive: true,
      Client: DatabaseClient,
      types: typeParsers,
      onConnect: (client: DatabaseClient) => client.settle(),
    },
  };
}

function addresses({ connection, replicas }: DatabaseConfig): Partial<PostgresDataSourceOptions> {
  // The engine takes whoever connects for its superuser; host and port are known once it runs.
  if (connection.kind === 'embedded') return { username: 'postgres', database: 'postgres' };
  const master = credentials(connection);
  return replicas.length === 0
    ? master
    : { replication: { master, slaves: replicas.map((replica) => credentials(replica)) } };
}

function credentials({ host, port, username, password, database, ssl }: ServerConnection) {
  return { host, port, username, password, database, ssl };
}
