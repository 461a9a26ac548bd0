import type { DatabaseConfig } from '../config/database.config.js';
import {
  DatabaseAccessDeniedError,
  DatabaseConnectionError,
  DatabaseMissingError,
  DatabaseUnreachableError,
} from './errors.js';

/** System errors and SQLSTATEs of a server that is not there yet: it may come. */
const transientCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EAI_AGAIN',
  'ENOTFOUND',
  'ENOENT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  '57P03', // cannot_connect_now: starting up, or in recovery
  '53300', // too_many_connections
]);

/** What the driver says of the same, in errors that have no code. */
const transientMessages = new Set([
  'timeout exceeded when trying to connect',
  'timeout expired',
  'Connection terminated due to connection timeout',
  'Connection terminated unexpectedly',
]);

/** What it says without a code where the server asks for a password. */
const passwordMissing = new Set([
  'SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string',
  'SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a non-empty string',
]);

/** Whether another attempt may succeed without anybody changing the configuration. */
export function isTransientConnectionFailure(error: Error): boolean {
  if (error instanceof AggregateError) return error.errors.every(isTransientConnectionFailure);
  return transientCodes.has(codeOf(error)) || transientMessages.has(error.message);
}

/** The typed error for a failed attempt to connect: what the driver's `connect` ended with. */
export function describeConnectionFailure(
  error: Error,
  config: DatabaseConfig,
  attempts: number,
): Error {
  const { connection } = config;
  if (connection.kind === 'embedded') return error;
  const address = `${connection.host}:${connection.port}`;
  const code = codeOf(error);
  if (code.startsWith('28')) return new DatabaseAccessDeniedError(address, error);
  if (passwordMissing.has(error.message)) {
    return new DatabaseAccessDeniedError(
      address,
      new Error('the server asks for a password and none is set'),
    );
  }
  if (code === '3D000') return new DatabaseMissingError(connection.database);
  if (isTransientConnectionFailure(error)) {
    return new DatabaseUnreachableError(address, attempts, error);
  }
  return new DatabaseConnectionError(address, error);
}

function codeOf(error: Error): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}
