import { Logger } from '@nestjs/common';
import { DatabaseDataSource, dataSourceOptions, resolveDatabaseConfig } from '../../src/index.js';
import { standardInputClosed } from './standard-input.js';
import { countThreads } from './threads.js';

/**
 * An application's data source on the embedded engine in the folder given on the command line, with the option
 * `schema` from there too, until standard input closes. Prints how the start went: one line of JSON.
 */
Logger.overrideLogger(false);
const [dataDir, schema] = process.argv.slice(2);
const dataSource = new DatabaseDataSource(
  dataSourceOptions(
    resolveDatabaseConfig(
      { embedded: { dataDir: dataDir! }, schema, migrate: schema !== undefined },
      {},
    ),
  ),
);
try {
  const before = countThreads();
  await dataSource.initialize();
  const threads = countThreads() - before;
  process.stdout.write(`${JSON.stringify({ started: true, threads })}\n`);
  await standardInputClosed();
  await dataSource.destroy();
} catch (error) {
  const { code, message } = error as Error & { code?: string };
  process.stdout.write(`${JSON.stringify({ started: false, code, message })}\n`);
  process.exitCode = 1;
}
