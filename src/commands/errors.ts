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
      'A reset drops every table with its data, including the audit trail. It is refused, because NODE_ENV is "production". ' +
        'Nothing was changed. Restore a backup instead, or run it with another NODE_ENV.',
    );
  }
}

/** A command that deletes data was not confirmed. Nothing was changed. */
export class NotConfirmedError extends StartupError {
  readonly code = 'NOT_CONFIRMED';

  constructor(question: string) {
    super(`${question} This was not confirmed, and nothing was changed. In a script, use --yes.`);
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
      'The command needs Singr’s tables, which this database does not have: singr-db.config.js sets core: true. ' +
        'Remove that if the application imports DatabaseModule.',
    );
  }
}

/** Reverting a migration failed. Migrations that were reverted before stay reverted. */
export class ResetFailedError extends StartupError {
  readonly code = 'RESET_FAILED';

  constructor(cause: Error) {
    super(
      `The migrations cannot be reverted: ${cause.message}. They may be of another version than those that created the database: ` +
        'drop it and create it again (dropdb, createdb), or delete the folder of the embedded engine; then migrate and seed.',
    );
  }
}

/** `migrate --write-schema` was called in an application. Nothing was migrated or written. */
export class PackagedSchemaFileError extends StartupError {
  readonly code = 'PACKAGED_SCHEMA_FILE';

  constructor() {
    super(
      '--write-schema updates migrations/schema.sql in the repository of @singr/database, and an application must not change that file. ' +
        'Nothing was migrated. For a file with the schema of this database, run pg_dump --schema-only.',
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

/** `singr-db migrate --plan` runs the pending migrations on the embedded engine, which is not installed. */
export class PlanUnavailableError extends StartupError {
  readonly code = 'PLAN_UNAVAILABLE';

  /** @param missing the packages with their versions */
  constructor(missing: readonly string[]) {
    super(
      'The plan is made on the embedded engine, and it is not installed. ' +
        `Run this where it is, or run: npm install --save-dev ${missing.join(' ')}`,
    );
  }
}
