import type { DatabaseConfig } from './engine/config/database.config.js';
import {
  dataSourceOptions as optionsWith,
  type DatabaseDataSourceOptions,
} from './engine/connection/data-source-options.js';
import { singrTables } from './singr-tables.js';

/** TypeORM's options for a configured database with the tables of all domains. */
export function dataSourceOptions(config: DatabaseConfig): DatabaseDataSourceOptions {
  return optionsWith(config, singrTables);
}
