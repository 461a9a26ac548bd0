import { strict as assert } from 'node:assert';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Application } from './applications.js';
import { useAuditPage } from './use-audit-page.js';
import { run, startServer, type Shell } from './shell.js';

interface Venue {
  readonly id: string;
  readonly customerProfileId: string;
}

/** Writes to the tables of the package, which have demo data. */
export async function useVenues(shell: Shell, application: Application): Promise<void> {
  const venue = await renameVenue(shell, application);
  await expectAttributed(shell, venue.id);
  await importSongs(shell, venue.customerProfileId);
}

/** Starts it, and renames the demo venue as its owner. */
async function renameVenue(
  shell: Shell,
  { main, ownTables, auditPage }: Application,
): Promise<Venue> {
  const crm = ownTables ? { CRM_DATABASE_URL: shell.env?.DATABASE_URL } : {};
  const server = await startServer({ ...shell, env: { ...shell.env, ...crm } }, 'node', main);
  try {
    const [venue] = (await (await fetch(`${server.url}/venues`)).json()) as [Venue];
    const headers = { 'content-type': 'application/json', 'x-user': 'customer@example.com' };
    const body = JSON.stringify({ name: 'Singing Cowboy' });
    const rename = async () => {
      const path = `${server.url}/venues/${venue.id}`;
      const renamed = await fetch(path, { method: 'PATCH', headers, body });
      assert.equal(renamed.status, 200, await renamed.text());
    };
    await rename();
    if (auditPage) {
      await useAuditPage(server.url, headers['x-user'], 'venues', venue.id);
      await rename();
    }
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
  const printed = await run(shell, 'singr-db', 'audit', 'history', 'venues', venueId, '--json');
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
  const printed = await run(shell, 'singr-db', ...words, '--delimiter', ';');
  assert.match(printed, /^2 +1 +0 +0 +0 +1 +0$/m);
  assert.match(printed, /^line 3: refused, no title$/m);
}
