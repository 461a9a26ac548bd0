import { Logger } from '@nestjs/common';
import { commandLogger } from './src/commands/command-logger.js';
import { reportFailure } from './src/commands/report-failure.js';
import { resolveDatabaseConfig } from './src/engine/config/database.config.js';
import { loadEnvFile } from './src/engine/config/env-file.js';
import { DatabaseDataSource } from './src/engine/transaction/database.data-source.js';
import { dataSourceOptions } from './src/data-source-options.js';

/** The data source of TypeORM's command line: `npm run typeorm <command>`. */
loadEnvFile();
Logger.overrideLogger(await commandLogger());

export default createDataSource();

function createDataSource(): DatabaseDataSource {
  try {
    return new DatabaseDataSource(
      dataSourceOptions({ ...resolveDatabaseConfig(), migrate: false, replicas: [] }),
    );
  } catch (error) {
    // TypeORM would say that this file cannot be opened, and show a stack.
    reportFailure(error);
    process.exit();
  }
}
