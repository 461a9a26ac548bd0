import { strict as assert } from 'node:assert';
import { copyFile, cp, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Application } from './applications.js';
import { createSmokeDatabase } from './smoke-database.js';
import { run, startServer, type Shell } from './shell.js';

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
    ...(bin === undefined ? {} : { PATH: `${bin}${delimiter}${process.env.PATH}` }),
    ...database.environment,
    PORT: '0',
  };
  const shell: Shell = { cwd: home, env };
  try {
    if (database.environment.DATABASE_URL === undefined) {
      // The embedded engine's data of another Node.js.
      await rm(join(home, '.singr/data'), { recursive: true, force: true });
    }
    assert.match(
      await run(shell, 'npx', 'singr-db', 'migrate'),
      /^Migrate: applied \d+ migration\(s\)$/m,
    );
    await run(shell, 'npx', 'singr-db', 'seed');
    await run(shell, 'npx', 'singr-db', 'check');
    const venue = await renameVenue(shell, application);
    await expectAttributed(shell, venue.id);
    await importSongs(shell, venue.customerProfileId);
    await run(shell, 'npx', 'singr-db', 'audit', 'verify');
    await run(shell, 'npm', 'run', 'test', '--if-present');
    await run(shell, 'npm', 'run', 'test:e2e');
  } finally {
    await database.drop();
  }
}

interface Venue {
  readonly id: string;
  readonly customerProfileId: string;
}

/** Starts it, and renames the demo venue as its owner. */
async function renameVenue(shell: Shell, { main, ownTables }: Application): Promise<Venue> {
  const crm = ownTables ? { CRM_DATABASE_URL: shell.env?.DATABASE_URL } : {};
  const server = await startServer({ ...shell, env: { ...shell.env, ...crm } }, 'node', main);
  try {
    const [venue] = (await (await fetch(`${server.url}/venues`)).json()) as [Venue];
    const headers = { 'content-type': 'application/json', 'x-user': 'customer@example.com' };
    const body = JSON.stringify({ name: 'Singing Cowboy' });
    const renamed = await fetch(`${server.url}/venues/${venue.id}`, {
      method: 'PATCH',
      headers,
      body,
    });
    assert.equal(renamed.status, 200, await renamed.text());
    // Nobody stands behind this one.
    const refused = await fetch(`${server.url}/venues/${venue.id}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Nobody’s' }),
    });
    assert.equal(refused.status, 500);
    if (ownTables && shell.env?.DATABASE_URL !== undefined) {
      assert.equal(await (await fetch(`${server.url}/leads`)).text(), 'postgres');
    }
    return venue;
  } finally {
    await server.stop();
  }
}

async function expectAttributed(shell: Shell, venueId: string): Promise<void> {
  const printed = await run(
    shell,
    'npx',
    'singr-db',
    'audit',
    'history',
    'venues',
    venueId,
    '--json',
  );
  const { entries } = JSON.parse(printed) as {
    entries: { operation: string; actor: object; route: string; after: { name: string } }[];
  };
  const [last] = entries;
  assert.equal(last?.operation, 'UPDATE');
  assert.match(JSON.stringify(last.actor), /^\{"userId":"[0-9a-f-]{36}"\}$/);
  assert.equal(last.route, 'PATCH /venues/:id');
  assert.equal(last.after.name, 'Singing Cowboy');
}

/** In a system that the demo data does not have. */
async function importSongs(shell: Shell, customer: string): Promise<void> {
  await writeFile(join(shell.cwd, 'songs.csv'), 'artist;title\nQueen;One Vision\nQueen;\n');
  const words = ['songs', 'import', 'songs.csv', '--customer', customer, '--system', '77'];
  const printed = await run(shell, 'npx', 'singr-db', ...words, '--delimiter', ';');
  assert.match(printed, /^2 +1 +0 +0 +0 +1 +0$/m);
  assert.match(printed, /^line 3: refused, no title$/m);
}
