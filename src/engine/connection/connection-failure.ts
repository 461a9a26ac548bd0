import { StartupError } from '../common/errors/startup.error.js';
import type { DatabaseConfig } from '../config/database.config.js';
import { addressOf } from '../config/server-connection.js';
import { isTransientConnectionFailure } from '../driver/transient-failures.js';
import {
  DatabaseAccessDeniedError,
  DatabaseConnectionError,
  DatabaseMissingError,
  DatabaseUnreachableError,
} from './errors.js';

/** Messages of the driver's errors without a code, when the server asks for a password and none is set. */
const passwordMissing = new Set([
  'SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string',
  'SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a non-empty string',
]);

/** The server's message for a login without TLS that it would take with it. */
const asksForTls = /no encryption|SSL off|(?:SSL|TLS)(?: connection)? is required/i;

/** Converts an error of the driver's `connect()` to an error of this package. */
export function describeConnectionFailure(
  error: Error,
  config: DatabaseConfig,
  attempts: number,
): Error {
  const { connection } = config;
  if (connection.kind === 'embedded' || error instanceof StartupError) return error;
  const address = addressOf(connection);
  const code = codeOf(error);
  if (code.startsWith('28') && asksForTls.test(error.message)) {
    return new DatabaseConnectionError(
      address,
      new Error(`the server takes encrypted connections only (${error.message})`),
    );
  }
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
