import { DatabaseError } from '../engine/common/errors/database.error.js';

/** The embedded engine of a test database did not start, or stopped. */
export class TestEngineFailedError extends DatabaseError {
  readonly code = 'TEST_ENGINE_FAILED';

  constructor(reason: string) {
    super(
      `The embedded engine of a test database ended by itself: ${reason.trim() || 'without a message'}\n` +
        'Install @electric-sql/pglite and @electric-sql/pglite-postgis as development dependencies, ' +
        'or set TEST_DATABASE_URL to a PostgreSQL server on which databases may be created.',
    );
  }
}

/**
 * The audit trail does not have what `expectAudit()` expects. The message lists the entries that exist. It is
 * not an `AssertionError`, for which test runners print a comparison of values instead of the message.
 */
export class AuditExpectationError extends DatabaseError {
  readonly code = 'AUDIT_EXPECTATION';

  /** @param caller the function at which the stack trace begins */
  constructor(message: string, caller: Function) {
    super(message);
    Error.captureStackTrace(this, caller);
  }
}

/** There is no factory for the entity. Nothing was written. */
export class NoFactoryError extends DatabaseError {
  readonly code = 'NO_FACTORY';

  constructor(entity: string) {
    super(
      `There is no factory for ${entity}: create() makes rows of this package's entities. ` +
        'Save one of your own with dataSource.manager.save().',
    );
  }
}
