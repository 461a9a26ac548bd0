import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DatabaseDataSource } from '../transaction/database.data-source.js';
import { dumpSchema } from './dump/dump-schema.js';
import { formatSchema } from './dump/schema-object.js';
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

/** Writes `schema.sql` from a migrated database. Returns whether the file changed. */
export async function writeSchemaFile(database: DatabaseDataSource): Promise<boolean> {
  const path = fileURLToPath(database.packaged.schemaFile);
  const schema = formatSchema(await dumpSchema(database));
  if (existsSync(path) && readFileSync(path, 'utf8') === schema) return false;
  writeFileSync(path, schema);
  return true;
}
