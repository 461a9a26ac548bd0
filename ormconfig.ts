import { loadEnvFile } from './src/config/env-file.js';
import { resolveDatabaseConfig } from './src/config/database.config.js';
import { DatabaseDataSource } from './src/connection/database.data-source.js';
import { dataSourceOptions } from './src/connection/data-source-options.js';

/** The data source of TypeORM's command line: `npm run typeorm -- <command>`. */
loadEnvFile();
export default new DatabaseDataSource(
  dataSourceOptions({ ...resolveDatabaseConfig(), migrate: false }),
);
