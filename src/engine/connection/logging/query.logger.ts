import { Logger } from '@nestjs/common';
import type { Logger as TypeOrmLogger, QueryFailedError } from 'typeorm';
import { logContext } from '../../actor/log-context.js';
import { RequestLogger } from '../../actor/request.logger.js';
import { summarize } from '../../driver/statement-summary.js';
import { callingCode } from './calling-code.js';

const shownCharacters = 200;

/**
 * Logs queries with Nest's logger: each query at debug outside production, slow queries as warnings, failures
 * as errors. Parameters are never logged, nor error messages that repeat one. Slow and failed queries have no literals.
 */
export class QueryLogger {
  private readonly logger = new RequestLogger('Database');
  private readonly logsQueries = process.env.NODE_ENV !== 'production';

  constructor(private readonly slowQueryMs: number) {}

  /** @param mayBeSlow whether the query may take long: it is then not logged as slow */
  succeeded(query: string, durationMs: number, mayBeSlow = false): void {
    if (this.slowQueryMs > 0 && durationMs >= this.slowQueryMs && !mayBeSlow) {
      this.logger.warn(
        `slow query, ${describeSlow(durationMs)}: ${shorten(summarize(query).text)}`,
      );
    } else if (this.logsQueries && Logger.isLevelEnabled('debug')) {
      this.logger.debug(`${durationMs.toFixed(1)} ms: ${shorten(query)}`);
    }
  }

  failed(query: string, error: unknown): void {
    this.logger.error(`query failed, ${describe(error)}: ${shorten(summarize(query).text)}`);
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

/** What a slow query says of the code that sent it. */
function describeSlow(durationMs: number): string {
  const { actor = 'nobody', route } = logContext();
  const call = callingCode();
  return [
    `${durationMs.toFixed(1)} ms`,
    actor === 'nobody' ? 'by nobody' : `by a ${actor}`,
    ...(route === undefined ? [] : [`on ${route}`]),
    ...(call === undefined ? [] : [`in ${call}`]),
  ].join(', ');
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
