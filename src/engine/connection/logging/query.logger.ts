import { Logger } from '@nestjs/common';
import type { Logger as TypeOrmLogger, QueryFailedError } from 'typeorm';

const shownCharacters = 200;

/**
 * Logs queries with Nest's logger: each query at debug outside production, slow queries as warnings, failures
 * as errors. Parameters are never logged, nor error messages that repeat one.
 */
export class QueryLogger {
  private readonly logger = new Logger('Database');
  private readonly logsQueries = process.env.NODE_ENV !== 'production';

  constructor(private readonly slowQueryMs: number) {}

  /** @param mayBeSlow whether the query may take long: it is then not logged as slow */
  succeeded(query: string, durationMs: number, mayBeSlow = false): void {
    if (this.slowQueryMs > 0 && durationMs >= this.slowQueryMs && !mayBeSlow) {
      this.logger.warn(`slow query, ${durationMs.toFixed(1)} ms: ${shorten(query)}`);
    } else if (this.logsQueries && Logger.isLevelEnabled('debug')) {
      this.logger.debug(`${durationMs.toFixed(1)} ms: ${shorten(query)}`);
    }
  }

  failed(query: string, error: unknown): void {
    this.logger.error(`query failed, ${describe(error)}: ${shorten(query)}`);
  }
}

/** Logs TypeORM's own messages about schema and migrations, which have no values of rows. */
export class MigrationLogger implements TypeOrmLogger {
  private readonly logger = new Logger('Migrations');

  logSchemaBuild(message: string): void {
    this.logger.log(message);
  }

  logMigration(message: string): void {
    this.logger.log(message);
  }

  log(level: 'log' | 'info' | 'warn', message: unknown): void {
    if (level === 'warn') this.logger.warn(message);
    else this.logger.debug(message);
  }

  // The query runner logs queries, because it knows their duration.
  logQuery(): void {}
  logQueryError(): void {}
  logQuerySlow(): void {}
}

function describe(error: unknown): string {
  const { code, constraint, message } = error as QueryFailedError & {
    code?: string;
    constraint?: string;
  };
  const subject = constraint === undefined ? '' : ` on ${constraint}`;
  // An error without SQLSTATE is the driver's. Its message may repeat a parameter that could not be sent.
  return code === undefined ? 'no SQLSTATE' : `${code}${subject} (${message})`;
}

function shorten(query: string): string {
  const folded = query.replace(/\s+/g, ' ').trim();
  return folded.length <= shownCharacters ? folded : `${folded.slice(0, shownCharacters)}…`;
}
