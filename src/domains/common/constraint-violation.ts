import { QueryFailedError } from 'typeorm';

/** The name of the constraint that made a statement fail; undefined for every other failure. */
export function violatedConstraint(error: unknown): string | undefined {
  if (!(error instanceof QueryFailedError)) return undefined;
  const { code, constraint } = error.driverError as { code?: string; constraint?: string };
  // Class 23 of PostgreSQL's error codes: integrity constraint violations.
  return code?.startsWith('23') ? constraint : undefined;
}
