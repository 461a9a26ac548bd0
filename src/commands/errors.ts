import { DatabaseError } from '../engine/common/errors/database.error.js';
import { StartupError } from '../engine/common/errors/startup.error.js';

/** An argument or option of a command is invalid. Nothing was changed. */
export class InvalidArgumentError extends DatabaseError {
  readonly code = 'INVALID_ARGUMENT';
}

/** `reset` was called in production. Nothing was changed. */
export class ResetInProductionError extends StartupError {
  readonly code = 'RESET_IN_PRODUCTION';

  constructor() {
    super(
      'A reset drops every table with its data, the audit trail included, and NODE_ENV is "production": ' +
        'refused, and nothing was touched. Restore a backup instead, or run it where NODE_ENV is something else.',
    );
  }
}

/**
 * The command needs Singr's tables, which an application with `core: true` does not have. Nothing was
 * changed.
 */
export class NotForCoreError extends StartupError {
  readonly code = 'NOT_FOR_CORE';

  constructor() {
    super(
      'The command is about tables of Singr’s, and singr-db.config.js says core: true, so that this database has none. ' +
        'Leave that out if the application imports DatabaseModule.',
    );
  }
}

/** Reverting a migration failed. Migrations that were reverted before stay reverted. */
export class ResetFailedError extends StartupError {
  readonly code = 'RESET_FAILED';

  constructor(cause: Error) {
    super(
      `The migrations cannot be reverted: ${cause.message}. The database may have been made by another version of them: ` +
        'drop it and create it again (dropdb, createdb), or delete the folder of the embedded engine; then migrate and seed.',
    );
  }
}

/** Another process is still starting the embedded engine. */
export class EmbeddedEngineNotReadyError extends StartupError {
  readonly code = 'EMBEDDED_ENGINE_NOT_READY';

  constructor(processId: number) {
    super(`Process ${processId} is still starting the embedded engine. Try again in some seconds.`);
  }
}

/** The application's `singr-db.config.js` throws, or exports invalid options. */
export class HostOptionsUnreadableError extends StartupError {
  readonly code = 'HOST_OPTIONS_UNREADABLE';

  constructor(file: string, reason: string) {
    super(
      `${file} cannot be used: ${reason}. It exports what the application keeps in the database: ` +
        'entities and migrations, which are lists of classes, otherTables, a list of names, namingStrategy, and ' +
        'core: true where it uses CoreDatabaseModule.',
    );
  }
}
