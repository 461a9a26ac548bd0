import type { Logger } from 'typeorm';
import type { DatabaseConfig } from '../../config/database.config.js';
import { MigrationLogger, QueryLogger } from './query.logger.js';

/** Logs queries with the logger of the application, else with Nest's. */
export function queryLoggerFor({ features, slowQuery }: DatabaseConfig): QueryLogger {
  return features.logger === undefined
    ? new QueryLogger(slowQuery)
    : new HostQueryLogger(slowQuery, features.logger);
}

/** Logs TypeORM's own messages with the logger of the application, else with Nest's. */
export function migrationLoggerFor({ features }: DatabaseConfig): Logger {
  return features.logger === undefined
    ? new MigrationLogger()
    : new HostMigrationLogger(features.logger);
}

/** Logs each query when it has ended: then its duration is known, and its error is redacted. */
class HostQueryLogger extends QueryLogger {
  constructor(
    private readonly slow: number,
    private readonly host: Logger,
  ) {
    super(slow);
  }

  override succeeded(query: string, durationMs: number, mayBeSlow = false): void {
    this.host.logQuery(query);
    if (this.slow > 0 && durationMs >= this.slow && !mayBeSlow) {
      this.host.logQuerySlow(durationMs, query);
    }
  }

  override failed(query: string, error: unknown): void {
    this.host.logQueryError(error as Error, query);
  }
}

class HostMigrationLogger extends MigrationLogger {
  constructor(private readonly host: Logger) {
    super();
  }

  override logSchemaBuild(message: string): void {
    this.host.logSchemaBuild(message);
  }

  override logMigration(message: string): void {
    this.host.logMigration(message);
  }

  override log(level: 'log' | 'info' | 'warn', message: unknown): void {
    this.host.log(level, message);
  }
}
