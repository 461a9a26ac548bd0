import type { DatabaseConfig } from '../config/database.config.js';
import {
  dataSourceOptions as optionsWith,
  type DatabaseDataSourceOptions,
} from '../connection/data-source-options.js';
import { coreTables } from './core-tables.js';

/** TypeORM's options for a configured database with the audit trail and the application's own tables. */
export function dataSourceOptions(config: DatabaseConfig): DatabaseDataSourceOptions {
  return optionsWith(config, coreTables);
}
