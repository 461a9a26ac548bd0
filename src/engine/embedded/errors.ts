import { StartupError } from '../common/errors/startup.error.js';

/** A package of the embedded engine is not installed. */
export class EmbeddedEngineMissingError extends StartupError {
  readonly code = 'EMBEDDED_ENGINE_MISSING';

  /** @param missing the packages with their versions, such as `@electric-sql/pglite@0.5.8` */
  constructor(readonly missing: readonly string[]) {
    super(
      'No database is configured, and the embedded engine is not installed. Set DATABASE_URL, or run: ' +
        `npm install --save-dev ${missing.join(' ')}`,
    );
  }
}

/** Another process runs the embedded engine on the same folder, which two engines would corrupt. */
export class EmbeddedDataDirectoryLockedError extends StartupError {
  readonly code = 'EMBEDDED_DATA_DIRECTORY_LOCKED';

  constructor(
    readonly dataDir: string,
    readonly processId: number,
  ) {
    super(
      `The embedded database in ${dataDir} is in use by process ${processId}. ` +
        'Stop that process, or set DATABASE_EMBEDDED_DIR to another folder, or use a PostgreSQL server (DATABASE_URL).',
    );
  }
}

/** The embedded engine did not start, or stopped by itself. */
export class EmbeddedEngineFailedError extends StartupError {
  readonly code = 'EMBEDDED_ENGINE_FAILED';

  constructor(dataDir: string, reason: string) {
    super(
      `The embedded database in ${dataDir} failed: ${reason}. ` +
        'Start the application again. If its folder is damaged, delete it and run the migrations and seeds again.',
    );
  }
}
