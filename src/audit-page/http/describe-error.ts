import { HttpException, HttpStatus } from '@nestjs/common';
import type { DatabaseError } from '../../engine/common/errors/database.error.js';

/** An error as the API answers it. */
export interface ErrorAnswer {
  readonly statusCode: number;
  readonly code: string;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const statuses: Readonly<Record<string, HttpStatus>> = {
  INVALID_TEXT: HttpStatus.BAD_REQUEST,
  INVALID_COUNT: HttpStatus.BAD_REQUEST,
  INVALID_RECORD_KEY: HttpStatus.BAD_REQUEST,
  INVALID_HISTORY_QUERY: HttpStatus.BAD_REQUEST,
  INVALID_ANNOTATION: HttpStatus.BAD_REQUEST,
  MALFORMED_ACTOR: HttpStatus.BAD_REQUEST,
  TENANT_MISMATCH: HttpStatus.FORBIDDEN,
  TABLE_NOT_AUDITED: HttpStatus.NOT_FOUND,
  AUDIT_ENTRY_NOT_FOUND: HttpStatus.NOT_FOUND,
  AMBIGUOUS_TRANSACTION: HttpStatus.CONFLICT,
  UNDO_CONFLICT: HttpStatus.CONFLICT,
  UNDO_IMPOSSIBLE: HttpStatus.UNPROCESSABLE_ENTITY,
  UNDO_REDACTED: HttpStatus.UNPROCESSABLE_ENTITY,
  IMAGE_UNREADABLE: HttpStatus.UNPROCESSABLE_ENTITY,
  HISTORY_PRUNED: HttpStatus.GONE,
  POOL_SHARE_EXHAUSTED: HttpStatus.TOO_MANY_REQUESTS,
  OVERLOADED: HttpStatus.SERVICE_UNAVAILABLE,
  POOL_EXHAUSTED: HttpStatus.SERVICE_UNAVAILABLE,
  CONNECTION_LOST: HttpStatus.SERVICE_UNAVAILABLE,
};

/** The answer to an error. Only refusals have their own message: others may tell about the server. */
export function describeError(error: HttpException | DatabaseError): ErrorAnswer {
  if (error instanceof HttpException) return describeHttpException(error);
  const statusCode = statuses[error.code];
  const { code, message } = error;
  if (statusCode === undefined) {
    return { statusCode: 500, code: 'INTERNAL_ERROR', message: 'The server failed.' };
  }
  if (
    statusCode === HttpStatus.SERVICE_UNAVAILABLE ||
    statusCode === HttpStatus.TOO_MANY_REQUESTS
  ) {
    return {
      statusCode,
      code,
      message: 'The server is busy. Try again in a moment.',
      headers: { 'retry-after': '1' },
    };
  }
  return { statusCode, code, message };
}

function describeHttpException(error: HttpException): ErrorAnswer {
  const statusCode = error.getStatus();
  const given = error.getResponse();
  const code = HttpStatus[statusCode] ?? 'ERROR';
  if (typeof given === 'string') return { statusCode, code, message: given };
  const { message = error.message, ...rest } = given as { message?: string | string[] };
  return { code, ...rest, statusCode, message: [message].flat().join(' ') };
}
