import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { HostTables } from '../config/database-options.js';
import { HostOptionsUnreadableError } from './errors.js';

const fileNames = ['singr-db.config.js', 'singr-db.config.mjs', 'singr-db.config.cjs'];

/**
 * What the application in the working directory keeps in the database besides the package's tables: the
 * default export of its `singr-db.config.js` (or `.mjs`, `.cjs`), or that file's exports by name.
 *
 * @throws HostOptionsUnreadableError when the file fails, or exports something else
 */
export async function loadHostOptions(): Promise<HostTables> {
  const file = fileNames.map((name) => resolve(name)).find(existsSync);
  if (file === undefined) return {};
  const exported = await importFile(file);
  const { entities, migrations, otherTables } = (exported.default ?? exported) as HostTables;
  const options = { entities, migrations, otherTables };
  for (const [name, value] of Object.entries(options)) {
    const kind = name === 'otherTables' ? 'string' : 'function';
    if (value !== undefined && !isListOf(kind, value)) {
      throw new HostOptionsUnreadableError(
        file,
        `"${name}" is not a list of ${kind === 'string' ? 'names' : 'classes'}`,
      );
    }
  }
  return options;
}

async function importFile(file: string): Promise<{ default?: unknown }> {
  try {
    return (await import(pathToFileURL(file).href)) as { default?: unknown };
  } catch (error) {
    throw new HostOptionsUnreadableError(file, (error as Error).message);
  }
}

function isListOf(kind: 'string' | 'function', value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === kind);
}
