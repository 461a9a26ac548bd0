import type { Logger } from 'typeorm';
import { QueryLogger } from './query.logger.js';

/** TypeORM's channel, for work that nobody needs to hear of. */
export const silentLogger: Logger = {
  logQuery: () => undefined,
  logQueryError: () => undefined,
  logQuerySlow: () => undefined,
  logSchemaBuild: () => undefined,
  logMigration: () => undefined,
  log: () => undefined,
};

/** The same for queries: what fails is thrown. */
export class SilentQueryLogger extends QueryLogger {
  constructor() {
    super(0);
  }

  override succeeded(): void {}

  override failed(): void {}
}
