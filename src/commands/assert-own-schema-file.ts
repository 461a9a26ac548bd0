import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DatabaseDataSource } from '../engine/transaction/database.data-source.js';
import { PackagedSchemaFileError } from './errors.js';

/**
 * Refuses to overwrite the `schema.sql` of an installed package. It belongs to the package, and `check` compares
 * the database with it.
 *
 * @throws PackagedSchemaFileError
 */
export function assertOwnSchemaFile({ packaged }: DatabaseDataSource): void {
  const folder = dirname(fileURLToPath(packaged.schemaFile));
  // In the repository the file is beside the migrations; in the package, the build has moved both to dist.
  if (basename(dirname(folder)) === 'dist') throw new PackagedSchemaFileError();
}
