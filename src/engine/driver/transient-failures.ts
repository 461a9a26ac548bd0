/** A host answers, and its server is not one that `target_session_attrs` asks for. */
export class UnsuitableHostError extends Error {}

/**
 * The reason to close a connection: the server at its other end is gone or frozen, or the network between drops
 * what is sent. A query runner reports it as `CONNECTION_LOST` or `COMMIT_UNKNOWN`.
 */
export class SilentServerError extends Error {
  constructor() {
    super('the server did not answer, and no answer is to be expected');
  }
}

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

/** Whether another attempt, or another host, may succeed with the same configuration. */
export function isTransientConnectionFailure(error: Error): boolean {
  if (error instanceof AggregateError) return error.errors.every(isTransientConnectionFailure);
  if (error instanceof UnsuitableHostError || error instanceof SilentServerError) return true;
  const { code = '' } = error as NodeJS.ErrnoException;
  return transientCodes.has(code) || transientMessages.has(error.message);
}
