import { DatabaseError } from '../common/errors/database.error.js';

/**
 * An error that the client of an HTTP handler has caused. Nest's exception handler answers with its status and
 * message, because it has the properties of the library http-errors.
 */
export abstract class IdempotencyError extends DatabaseError {
  /** The status of the HTTP response. */
  abstract readonly status: number;
  readonly expose = true;

  get statusCode(): number {
    return this.status;
  }
}

/** A request has no `Idempotency-Key`, and its handler requires one. */
export class IdempotencyKeyMissingError extends IdempotencyError {
  readonly code = 'IDEMPOTENCY_KEY_MISSING';
  readonly status = 400;

  constructor() {
    super(
      'This request needs the header Idempotency-Key. Send a new UUID with each operation, and the same one when you retry it.',
    );
  }
}

/** An idempotency key is empty, too long, or has other characters than visible ASCII. */
export class InvalidIdempotencyKeyError extends IdempotencyError {
  readonly code = 'INVALID_IDEMPOTENCY_KEY';
  readonly status = 400;

  constructor() {
    super(
      'The idempotency key is not valid. It has 1 to 255 visible ASCII characters, such as those of a UUID.',
    );
  }
}

/** The idempotency key was used before, with another payload. */
export class IdempotencyKeyReusedError extends IdempotencyError {
  readonly code = 'IDEMPOTENCY_KEY_REUSED';
  readonly status = 422;

  constructor() {
    super(
      'This idempotency key was used for another request. Send a new key with each operation, and the same request when you retry it.',
    );
  }
}

/** The first request with this idempotency key has not ended. */
export class OperationInProgressError extends IdempotencyError {
  readonly code = 'OPERATION_IN_PROGRESS';
  readonly status = 409;

  constructor() {
    super(
      'The first request with this idempotency key is still in progress. Retry in a moment with the same key.',
    );
  }
}

/** A handler or its transport cannot be idempotent. */
export class IdempotentHandlerError extends DatabaseError {
  readonly code = 'IDEMPOTENT_HANDLER';

  constructor(handler: string, problem: string, remedy: string) {
    super(`@Idempotent() cannot apply to ${handler}: ${problem}. ${remedy}`);
  }
}

/** An answer is no JSON, or too large to be stored. The transaction was rolled back. */
export class AnswerNotStorableError extends DatabaseError {
  readonly code = 'ANSWER_NOT_STORABLE';

  constructor(problem: string, remedy: string, options?: { cause?: unknown }) {
    super(`The answer cannot be stored for a retry: ${problem}. ${remedy}`, options);
  }
}
