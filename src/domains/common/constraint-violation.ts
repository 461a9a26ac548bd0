import { QueryFailedError } from 'typeorm';

/** The name of the constraint that the failed statement violated; undefined for any other error. */
export function violatedConstraint(error: unknown): string | undefined {
  if (!(error instanceof QueryFailedError)) return undefined;
  const { code, constraint } = error.driverError as { code?: string; constraint?: string };
  // SQLSTATE class 23: integrity constraint violations.
  return code?.startsWith('23') ? constraint : undefined;
}
