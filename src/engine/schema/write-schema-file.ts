import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { DatabaseDataSource } from '../transaction/database.data-source.js';
import { dumpSchema } from './dump/dump-schema.js';
import { formatSchema } from './dump/schema-object.js';

/** Writes `schema.sql` from a migrated database. Returns whether the file changed. */
export async function writeSchemaFile(database: DatabaseDataSource): Promise<boolean> {
  const path = fileURLToPath(database.packaged.schemaFile);
  const schema = formatSchema(await dumpSchema(database));
  if (existsSync(path) && readFileSync(path, 'utf8') === schema) return false;
  writeFileSync(path, schema);
  return true;
}
