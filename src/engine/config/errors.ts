import { StartupError } from '../common/errors/startup.error.js';

/** A setting is missing or wrong. The message names the variable or option, and the values it accepts. */
export class InvalidConfigurationError extends StartupError {
  readonly code = 'INVALID_CONFIGURATION';

  constructor(readonly problems: readonly string[]) {
    super(
      problems.length === 1
        ? `The database is not configured: ${problems[0]}`
        : `The database is not configured:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
  }
}

/** No server is configured in production, where the embedded engine is refused. */
export class EmbeddedInProductionError extends StartupError {
  readonly code = 'EMBEDDED_IN_PRODUCTION';

  constructor() {
    super(
      'No database is configured and NODE_ENV is "production", where the embedded engine is refused. ' +
        'Set DATABASE_URL (postgres://user:password@host:5432/name) or the PGHOST, PGUSER, PGPASSWORD and PGDATABASE variables.',
    );
  }
}
