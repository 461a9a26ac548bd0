import { HttpException, HttpStatus } from '@nestjs/common';
import { type DatabaseError, IdempotencyError, UndoConflictError } from '@singr/database';

const statuses: Readonly<Record<string, HttpStatus>> = {
  // anything
  INVALID_TEXT: HttpStatus.BAD_REQUEST,
  INVALID_COUNT: HttpStatus.BAD_REQUEST,
  INVALID_WINDOW: HttpStatus.BAD_REQUEST,
  MISSING_FILTER: HttpStatus.BAD_REQUEST,
  // people and programs
  INVALID_CREDENTIALS: HttpStatus.UNAUTHORIZED,
  API_KEY_REJECTED: HttpStatus.UNAUTHORIZED,
  API_KEY_NOT_FOUND: HttpStatus.NOT_FOUND,
  API_KEY_TRANSITION: HttpStatus.CONFLICT,
  // venues
  VENUE_NOT_FOUND: HttpStatus.NOT_FOUND,
  VENUE_NOT_ACCEPTING: HttpStatus.CONFLICT,
  VENUE_NUMBER_TAKEN: HttpStatus.CONFLICT,
  URL_NAME_TAKEN: HttpStatus.CONFLICT,
  INVALID_URL_NAME: HttpStatus.BAD_REQUEST,
  INVALID_POINT: HttpStatus.BAD_REQUEST,
  INVALID_VENUE_SEARCH: HttpStatus.BAD_REQUEST,
  // songs
  INVALID_SONG_SEARCH: HttpStatus.BAD_REQUEST,
  INVALID_SYSTEM_NUMBER: HttpStatus.BAD_REQUEST,
  CATALOGUE_EMPTY: HttpStatus.BAD_REQUEST,
  CSV_COLUMN_MISSING: HttpStatus.BAD_REQUEST,
  CSV_ENCODING: HttpStatus.BAD_REQUEST,
  CSV_LINE_TOO_LONG: HttpStatus.BAD_REQUEST,
  CSV_SYNTAX: HttpStatus.BAD_REQUEST,
  CSV_TOO_LARGE: HttpStatus.PAYLOAD_TOO_LARGE,
  CSV_TOO_SLOW: HttpStatus.REQUEST_TIMEOUT,
  CATALOGUE_BUSY: HttpStatus.CONFLICT,
  UPLOAD_TOO_LARGE: HttpStatus.PAYLOAD_TOO_LARGE,
  // requests
  INVALID_REQUEST: HttpStatus.BAD_REQUEST,
  INVALID_HISTORY_PAGE: HttpStatus.BAD_REQUEST,
  REQUEST_NOT_FOUND: HttpStatus.NOT_FOUND,
  REQUEST_LIMIT: HttpStatus.CONFLICT,
  REQUEST_PROCESSED: HttpStatus.CONFLICT,
  SONG_ALREADY_REQUESTED: HttpStatus.CONFLICT,
  // the audit trail
  TABLE_NOT_AUDITED: HttpStatus.NOT_FOUND,
  AUDIT_ENTRY_NOT_FOUND: HttpStatus.NOT_FOUND,
  INVALID_RECORD_KEY: HttpStatus.BAD_REQUEST,
  INVALID_HISTORY_QUERY: HttpStatus.BAD_REQUEST,
  AMBIGUOUS_TRANSACTION: HttpStatus.CONFLICT,
  UNDO_CONFLICT: HttpStatus.CONFLICT,
  UNDO_IMPOSSIBLE: HttpStatus.UNPROCESSABLE_ENTITY,
  UNDO_REDACTED: HttpStatus.UNPROCESSABLE_ENTITY,
  HISTORY_PRUNED: HttpStatus.GONE,
};

/**
 * Returns the HTTP error for an error of the package, or undefined if the client did not cause it. The body
 * has the error's code for clients and, for a conflict, the records concerned.
 */
export function describeRefusal(error: DatabaseError): HttpException | undefined {
  const statusCode = error instanceof IdempotencyError ? error.status : statuses[error.code];
  if (statusCode === undefined) return undefined;
  const { code, message } = error;
  const conflicts = error instanceof UndoConflictError ? { conflicts: error.conflicts } : {};
  return new HttpException({ statusCode, code, message, ...conflicts }, statusCode);
}
