import { QueryFailedError } from 'typeorm';
import { RowOutOfReachError, UndoImpossibleError } from './errors.js';

/** The SQLSTATE classes of integrity violations (23) and of values that do not fit their type (22). */
const refusals = /^(23|22)/;

/** Whether a statement may succeed after other rows were put back. */
export function mayPassLater(error: unknown): boolean {
  if (error instanceof RowOutOfReachError) return true;
  const { code } = error as { code?: string };
  return error instanceof QueryFailedError && ['23503', '23505', '23001'].includes(code!);
}

/**
 * Describes why the database refused to put a row back, as an UndoImpossibleError. Other errors are returned
 * as they are.
 */
export function describeFailure(error: unknown, action: string): unknown {
  if (!(error instanceof QueryFailedError)) return error;
  const failure = error as QueryFailedError & {
    code?: string;
    table?: string;
    constraint?: string;
  };
  if (!refusals.test(failure.code ?? '') && failure.code !== '23001') return error;
  return new UndoImpossibleError(`Nothing was undone: ${reason(failure, action)}`);
}

function reason(
  {
    code,
    table,
    constraint,
    message,
  }: { code?: string; table?: string; constraint?: string } & Error,
  action: string,
): string {
  if (action === 'delete' && (code === '23503' || code === '23001')) {
    return `a row of "${table}" still refers to one that must go (${constraint}). Delete that one first.`;
  }
  if (code === '23503') {
    return `a row of "${table}" refers to one that no longer exists (${constraint}). Restore that one first.`;
  }
  if (code === '23505') {
    return `another row of "${table}" has the same value by now (${constraint}). Change that one first.`;
  }
  // The table has changed since the row was recorded.
  return `the row no longer fits its table: ${message}.`;
}
