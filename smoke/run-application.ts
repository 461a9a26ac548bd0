import { strict as assert } from 'node:assert';
import { copyFile, cp, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Application } from './applications.js';
import { createSmokeDatabase } from './smoke-database.js';
import { run, type Shell } from './shell.js';
import { useCore } from './use-core.js';
import { useVenues } from './use-venues.js';

const templates = join(import.meta.dirname, 'templates');

/** A Node.js to run on. */
export interface NodeVersion {
  readonly version: string;
  /** The folder of its executable; undefined for the one that this runs on. */
  readonly bin: string | undefined;
}

/** Makes the application from its templates, installs the package into it and builds it. */
export async function installApplication(
  { name, templates: layers, packageManager }: Application,
  tarball: string,
  folder: string,
): Promise<string> {
  const home = join(folder, name);
  for (const layer of layers) await cp(join(templates, layer), home, { recursive: true });
  await copyFile(tarball, join(home, 'singr-database.tgz'));
  // No install script runs, as where npm does not allow any: nothing is compiled that users may not have.
  const install =
    packageManager === 'pnpm'
      ? ['npx', '--yes', 'pnpm@10', 'install']
      : ['npm', 'install', '--no-audit', '--no-fund'];
  await run({ cwd: home }, install[0]!, ...install.slice(1), '--ignore-scripts');
  await run({ cwd: home }, 'npm', 'run', 'build');
  return home;
}

/**
 * Runs it on one Node.js, and on a server or else the embedded engine, as whoever made it would: migrate, seed,
 * start, write, import, test.
 */
export async function runApplication(
  application: Application,
  home: string,
  { bin }: NodeVersion,
  databaseServer: string | undefined,
): Promise<void> {
  const database = await createSmokeDatabase(databaseServer);
  const env = {
    PATH: [bin, join(home, 'node_modules/.bin'), process.env.PATH]
      .filter((folder) => folder !== undefined)
      .join(delimiter),
    ...database.environment,
    PORT: '0',
  };
  const shell: Shell = { cwd: home, env };
  try {
    if (database.environment.DATABASE_URL === undefined) {
      // The embedded engine's data of another Node.js.
      await rm(join(home, '.singr/data'), { recursive: true, force: true });
    }
    assert.match(await run(shell, 'singr-db', 'migrate'), /^Migrate: applied \d+ migration\(s\)$/m);
    if (!application.core) await run(shell, 'singr-db', 'seed');
    await run(shell, 'singr-db', 'check');
    await (application.core ? useCore : useVenues)(shell, application);
    await run(shell, 'singr-db', 'audit', 'verify');
    await run(shell, 'npm', 'run', 'test', '--if-present');
    await run(shell, 'npm', 'run', 'test:e2e');
  } finally {
    await database.drop();
  }
}
