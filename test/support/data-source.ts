import {
  DatabaseDataSource,
  dataSourceOptions,
  resolveDatabaseConfig,
  type DatabaseDataSourceOptions,
  type DatabaseOptions,
} from '@singr/database';

/** A data source past Nest, as a script makes one; the environment has no say. */
export function dataSourceFor(
  options: DatabaseOptions,
  overrides: Partial<DatabaseDataSourceOptions> = {},
): DatabaseDataSource {
  const config = resolveDatabaseConfig(options, {});
  return new DatabaseDataSource({ ...dataSourceOptions(config), ...overrides });
}
