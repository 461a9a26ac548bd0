import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { DatabaseDataSource } from '../transaction/database.data-source.js';
import { dumpSchema } from './dump/dump-schema.js';
import { parseSchema, type SchemaObject } from './dump/schema-object.js';
import { findHostObjects } from './host-objects.js';
import { differingLines } from './line-diff.js';
import type { SchemaFinding } from './schema-finding.js';

const remedy =
  'If a migration is meant to do this, update the file: npm run db:migrate:dev. ' +
  'Else the database was changed without a migration: revert that.';

/** Compares the package's objects in the database with the committed `schema.sql`. */
export async function checkSchemaFile(database: DatabaseDataSource): Promise<SchemaFinding[]> {
  const { schemaFile, makes = () => true } = database.packaged;
  const committed = byTitle(
    parseSchema(readCommittedSchema(schemaFile)).filter(({ title }) => makes(title)),
  );
  const actual = byTitle(await dumpSchema(database));
  const isHosts = await findHostObjects(database);
  const findings: SchemaFinding[] = [];
  for (const title of new Set([...committed.keys(), ...actual.keys()])) {
    const wanted = committed.get(title);
    const found = actual.get(title);
    if (wanted?.definition === found?.definition) continue;
    if (wanted === undefined && isHosts(title)) continue;
    findings.push({
      check: 'schema-file',
      problem: `The database differs from migrations/schema.sql: ${describe(title, wanted, found)}`,
      lines: wanted && found ? differingLines(wanted.definition, found.definition) : [],
      remedy,
    });
  }
  return findings;
}

function describe(title: string, wanted?: SchemaObject, found?: SchemaObject): string {
  if (found === undefined) return `the ${title} is missing.`;
  if (wanted === undefined) return `the ${title} is not in the file.`;
  return `the ${title}.`;
}

function byTitle(objects: readonly SchemaObject[]): Map<string, SchemaObject> {
  return new Map(objects.map((object) => [object.title, object]));
}

function readCommittedSchema(schemaFile: URL): string {
  try {
    return readFileSync(fileURLToPath(schemaFile), 'utf8');
  } catch (error) {
    // Without the file, each object is a finding, with its remedy.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
