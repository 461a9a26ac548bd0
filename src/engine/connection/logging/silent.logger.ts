import type { Logger } from 'typeorm';
import { QueryLogger } from './query.logger.js';

/** Discards TypeORM's messages. */
export const silentLogger: Logger = {
  logQuery: () => undefined,
  logQueryError: () => undefined,
  logQuerySlow: () => undefined,
  logSchemaBuild: () => undefined,
  logMigration: () => undefined,
  log: () => undefined,
};

/** Logs no queries. Failures are thrown anyway. */
export class SilentQueryLogger extends QueryLogger {
  constructor() {
    super(0);
  }

  override succeeded(): void {}

  override failed(): void {}
}
