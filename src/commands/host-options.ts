import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { HostTables } from '../engine/config/database-options.js';
import type { InvalidConfigurationError } from '../engine/config/errors.js';
import { assertHostTables } from '../engine/config/host-tables.js';
import { HostOptionsUnreadableError } from './errors.js';

const fileNames = ['singr-db.config.js', 'singr-db.config.mjs', 'singr-db.config.cjs'];

/** The options that an application exports in `singr-db.config.js`. */
export interface HostOptions extends HostTables {
  /**
   * Whether it uses `CoreDatabaseModule`, and so has the audit trail and its own tables alone. Default:
   * false.
   */
  core?: boolean;
}

/**
 * Loads the application's own tables and migrations from `singr-db.config.js` (or `.mjs`, `.cjs`) in the
 * working directory: from its default export, or else from its named exports.
 *
 * @throws HostOptionsUnreadableError when the file throws, or exports invalid options
 */
export async function loadHostOptions(): Promise<HostOptions> {
  const file = fileNames.map((name) => resolve(name)).find(existsSync);
  if (file === undefined) return {};
  const exported = await importFile(file);
  const { core, entities, migrations, otherTables, namingStrategy } = (exported.default ??
    exported) as HostOptions;
  const options = { entities, migrations, otherTables, namingStrategy };
  try {
    assertHostTables(options);
  } catch (error) {
    throw new HostOptionsUnreadableError(
      file,
      (error as InvalidConfigurationError).problems.join(' '),
    );
  }
  if (core !== undefined && typeof core !== 'boolean') {
    throw new HostOptionsUnreadableError(file, 'the option "core" takes true or false.');
  }
  return { core, ...options };
}

async function importFile(file: string): Promise<{ default?: unknown }> {
  try {
    return (await import(pathToFileURL(file).href)) as { default?: unknown };
  } catch (error) {
    throw new HostOptionsUnreadableError(file, (error as Error).message);
  }
}
