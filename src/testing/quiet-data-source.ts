import type { DatabaseOptions } from '../engine/config/database-options.js';
import { resolveDatabaseConfig } from '../engine/config/database.config.js';
import type { PackagedTables } from '../engine/config/packaged-tables.js';
import { dataSourceOptions } from '../engine/connection/data-source-options.js';
import { singrTables } from '../singr-tables.js';
import { DatabaseDataSource } from '../engine/transaction/database.data-source.js';
import { SilentQueryLogger, silentLogger } from '../engine/connection/logging/silent.logger.js';

/** A data source for tests, which ignores the environment and logs nothing. */
export function quietDataSource(
  options: DatabaseOptions,
  packaged: PackagedTables = singrTables,
): DatabaseDataSource {
  const config = resolveDatabaseConfig(options, {});
  const dataSource = new DatabaseDataSource({
    ...dataSourceOptions(config, packaged),
    logger: silentLogger,
  });
  return Object.assign(dataSource, { queryLogger: new SilentQueryLogger() });
}
