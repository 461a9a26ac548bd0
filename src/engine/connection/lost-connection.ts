import { DatabaseError } from 'pg';
import type { QueryFailedError } from 'typeorm';
import { isTransientConnectionFailure } from '../driver/transient-failures.js';

/** Whether an error comes from the driver or the network and not from the server. */
export function isNotFromServer(error: unknown): boolean {
  const { driverError = error } = error as Partial<QueryFailedError>;
  return !(driverError instanceof DatabaseError);
}

/** Whether the server shuts down, or is starting (57P01 to 57P03). */
export function isShutdown(error: unknown): boolean {
  return /^57P0[1-3]$/.test(codeOf(error));
}

/** Whether the server behind the connection stops, or no longer takes writes, as after a failover (25006). */
export function isEndOfServer(error: unknown): boolean {
  return isShutdown(error) || codeOf(error) === '25006';
}

/** Errors of the pool's attempts to connect. Other services have errors with the same codes. */
const failuresOfPool = new WeakSet<Error>();

/** Remembers an error of an attempt to connect, if another attempt may succeed. */
export function noteFailureOfPool(error: unknown): void {
  if (error instanceof Error && isTransientConnectionFailure(error)) failuresOfPool.add(error);
}

/**
 * Whether a transaction failed since its connection was lost before COMMIT, since the server stops or takes no
 * writes, or since the pool could not connect. Nothing of the transaction remains.
 */
export function isLossBeforeCommit(error: unknown): boolean {
  if (codeOf(error) === 'CONNECTION_LOST' || isEndOfServer(error)) return true;
  return error instanceof Error && failuresOfPool.has(error);
}

/** The code of an error. Code can throw any value, also null. */
function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | null | undefined)?.code);
}
