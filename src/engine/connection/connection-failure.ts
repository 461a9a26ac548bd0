import type { DatabaseConfig } from '../config/database.config.js';
import {
  DatabaseAccessDeniedError,
  DatabaseConnectionError,
  DatabaseMissingError,
  DatabaseUnreachableError,
} from './errors.js';

/** System errors and SQLSTATEs of a server that may still be starting. */
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

/** Messages of the driver's errors without a code, for a server that may still be starting. */
const transientMessages = new Set([
  'timeout exceeded when trying to connect',
  'timeout expired',
  'Connection terminated due to connection timeout',
  'Connection terminated unexpectedly',
]);

/** Messages of the driver's errors without a code, when the server asks for a password and none is set. */
const passwordMissing = new Set([
  'SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string',
  'SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a non-empty string',
]);

/** Whether another attempt may succeed with the same configuration. */
export function isTransientConnectionFailure(error: Error): boolean {
  if (error instanceof AggregateError) return error.errors.every(isTransientConnectionFailure);
  return transientCodes.has(codeOf(error)) || transientMessages.has(error.message);
}

/** Converts an error of the driver's `connect()` to an error of this package. */
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
