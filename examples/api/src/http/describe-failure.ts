import {
  BadRequestException,
  ConflictException,
  type HttpException,
  ServiceUnavailableException,
} from '@nestjs/common';
import { DatabaseError } from '@singr/database';
import { describeRefusal } from './describe-refusal.js';

/** The messages about unique constraints, by their names. */
const uniques: Readonly<Record<string, string>> = {
  venues_url_name_key: 'Another venue has this urlName.',
  venues_customer_profiles_id_openkj_venue_id_key:
    'Another venue of this customer has this openkjVenueId.',
};

/** SQLSTATEs (PostgreSQL manual, appendix A) that the client causes. */
const clientFailures: Readonly<Record<string, () => HttpException>> = {
  '23502': () => new BadRequestException('A value is missing.'),
  '23503': () =>
    new ConflictException(
      'The record refers to a record that does not exist, or another record refers to it.',
    ),
  '23514': () => new BadRequestException('A value is not allowed.'),
};

/**
 * The package's errors for a database that is busy, or that was lost before it wrote anything. They are
 * temporary.
 */
const passingErrors = new Set([
  'OVERLOADED',
  'POOL_EXHAUSTED',
  'POOL_SHARE_EXHAUSTED',
  'SONG_SEARCH_TIMEOUT',
  'CONNECTION_LOST',
]);

/** SQLSTATEs of temporary failures: time-outs, conflicts of transactions, and lost connections. */
const passing =
  /^(40001|40P01|55P03|57014|57P0\d|53\d{3}|08\d{3}|25P03|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EPIPE)$/;

/**
 * Returns the HTTP error for an error of the database, or undefined for an unexpected error.
 *
 * The message depends only on the SQLSTATE and the constraint's name, and reveals neither the statement nor
 * its values.
 */
export function describeFailure(error: unknown): HttpException | undefined {
  const { code, constraint } = (error ?? {}) as { code?: unknown; constraint?: string };
  if (typeof code !== 'string') return undefined;
  if (error instanceof DatabaseError) {
    return passingErrors.has(code) ? tryAgain() : describeRefusal(error);
  }
  if (code === '23505') {
    return new ConflictException(uniques[constraint ?? ''] ?? 'Another record has this value.');
  }
  // Class 22, data exception: a number out of range, or a character that PostgreSQL cannot store.
  if (/^22[0-9A-Z]{3}$/.test(code)) return new BadRequestException('A value cannot be stored.');
  return passing.test(code) ? tryAgain() : clientFailures[code]?.();
}

function tryAgain(): HttpException {
  return new ServiceUnavailableException('The database is busy or away. Try again in a moment.');
}
