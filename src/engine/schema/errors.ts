import { StartupError } from '../common/errors/startup.error.js';

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
