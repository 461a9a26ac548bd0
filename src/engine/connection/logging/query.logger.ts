import { Logger } from '@nestjs/common';
import type { Logger as TypeOrmLogger, QueryFailedError } from 'typeorm';

const shownCharacters = 200;

/**
 * Writes what the database does to Nest's logger: each query at debug outside production, slow
 * queries as warnings, failures as errors. Never a parameter, nor a message that repeats one.
 */
export class QueryLogger {
  private readonly logger = new Logger('Database');
  private readonly logsQueries = process.env.NODE_ENV !== 'production';

  constructor(private readonly slowQueryMs: number) {}

  /** @param takesItsTime how long it takes is no news */
  succeeded(query: string, durationMs: number, takesItsTime = false): void {
    if (this.slowQueryMs > 0 && durationMs >= this.slowQueryMs && !takesItsTime) {
      this.logger.warn(`slow query, ${durationMs.toFixed(1)} ms: ${shorten(query)}`);
    } else if (this.logsQueries && Logger.isLevelEnabled('debug')) {
      this.logger.debug(`${durationMs.toFixed(1)} ms: ${shorten(query)}`);
    }
  }

  failed(query: string, error: unknown): void {
    this.logger.error(`query failed, ${describe(error)}: ${shorten(query)}`);
  }
}

/** TypeORM's own channel: schema and migration messages, which carry no values. */
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

  // Queries are logged where they run, once their duration is known.
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
  // Without a state it is the driver's own, and may be about a parameter that it cannot send.
  return code === undefined ? 'no SQLSTATE' : `${code}${subject} (${message})`;
}

function shorten(query: string): string {
  const folded = query.replace(/\s+/g, ' ').trim();
  return folded.length <= shownCharacters ? folded : `${folded.slice(0, shownCharacters)}…`;
}
