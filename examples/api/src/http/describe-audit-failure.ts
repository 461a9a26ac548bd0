import { HttpException, HttpStatus } from '@nestjs/common';
import { type DatabaseError, UndoConflictError } from '@singr/database';

const statuses: Readonly<Record<string, HttpStatus>> = {
  TABLE_NOT_AUDITED: HttpStatus.NOT_FOUND,
  AUDIT_ENTRY_NOT_FOUND: HttpStatus.NOT_FOUND,
  INVALID_RECORD_KEY: HttpStatus.BAD_REQUEST,
  INVALID_HISTORY_QUERY: HttpStatus.BAD_REQUEST,
  UNDO_CONFLICT: HttpStatus.CONFLICT,
  UNDO_IMPOSSIBLE: HttpStatus.UNPROCESSABLE_ENTITY,
  UNDO_REDACTED: HttpStatus.UNPROCESSABLE_ENTITY,
  HISTORY_PRUNED: HttpStatus.GONE,
};

/**
 * The HTTP error for what the audit trail refuses, or undefined for another's error. The body has the
 * code, for clients to go by, and of a conflict the records that it is about.
 */
export function describeAuditFailure(error: DatabaseError): HttpException | undefined {
  const statusCode = statuses[error.code];
  if (statusCode === undefined) return undefined;
  const { code, message } = error;
  const conflicts = error instanceof UndoConflictError ? { conflicts: error.conflicts } : {};
  return new HttpException({ statusCode, code, message, ...conflicts }, statusCode);
}
