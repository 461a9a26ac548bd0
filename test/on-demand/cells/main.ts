import 'reflect-metadata';
import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { isolateSingrTables } from '../../../migrations/helpers/isolate-singr-tables.js';
import {
  moveCustomer,
  TenantContext,
  type DatabaseDataSource,
  type MovedCustomer,
} from '../../../src/index.js';
import { Cluster } from '../../support/cluster.js';
import { dataSourceFor } from '../../support/data-source.js';
import { createVenue } from '../../support/fixtures.js';
import { cellRouter } from './router.js';

/*
 * Moves a customer between two clusters, each with an application, behind a router, while the customer is read and
 * written: no read fails, and no write is lost. Tenancy is on: the moved rows and entries keep their tenant.
 */

/** A server, the application on it, and a connection past the application, as the owner of the tables. */
interface Cell {
  readonly cluster: Cluster;
  readonly database: DatabaseDataSource;
  readonly process: ChildProcess;
  readonly address: string;
}

const loader = ['--import', './tools/typescript/register.mjs'];
/** The role that the policies apply to. */
const role = 'singr_app';
Logger.overrideLogger(['error', 'fatal']);

async function startCell(number: number): Promise<Cell> {
  const cluster = await Cluster.start({ settings: { max_locks_per_transaction: 256 } });
  const database = await dataSourceFor({ url: cluster.url, migrate: true }).initialize();
  for (const sequence of [
    'requests_requests_id_seq',
    'songdb_songdb_id_seq',
    'audit.entry_numbers',
  ]) {
    await database.query(`ALTER SEQUENCE ${sequence} RESTART WITH ${number}000000000001`);
  }
  await database.query(`CREATE ROLE ${role}`);
  await database.query(`SELECT audit.grant_application('${role}')`);
  await database.transaction(({ queryRunner }) => isolateSingrTables(queryRunner!));
  const child = spawn(process.execPath, [...loader, 'test/on-demand/cells/cell-process.ts'], {
    env: { ...process.env, CELL: String(number), CELL_URL: cluster.url, CELL_ROLE: role },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { cluster, database, process: child, address: `http://127.0.0.1:${line.split(' ')[1]}` };
}

async function stopCell({ cluster, database, process: child }: Cell): Promise<void> {
  const ended = once(child, 'exit');
  child.kill();
  await ended;
  await database.destroy();
  await cluster.remove();
}

/** The ids in `table` that the tenants reach. */
async function reached(
  cell: Cell,
  tenants: string | readonly string[],
  table: 'venues' | 'audit_logs',
) {
  const restricted = await dataSourceFor({ url: cell.cluster.url, tenancy: { role } }).initialize();
  try {
    const rows = await TenantContext.run(tenants, () =>
      restricted.query<{ id: string }[]>(`SELECT ${table}_id AS id FROM ${table} ORDER BY 1`),
    );
    return rows.map(({ id }) => id);
  } finally {
    await restricted.destroy();
  }
}

/** Runs a command as the owner of the tables, which says what is wrong and then fails. */
function runCommand(cell: Cell, ...words: string[]): void {
  execFileSync(process.execPath, [...loader, 'src/commands/main.ts', ...words], {
    env: { ...process.env, DATABASE_URL: cell.cluster.url },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function moveUnderLoad([first, second]: readonly [Cell, Cell]): Promise<void> {
  const directory = new Map<string, string>();
  const router = cellRouter(directory).listen(0, '127.0.0.1');
  await once(router, 'listening');
  const url = `http://127.0.0.1:${(router.address() as AddressInfo).port}`;
  const send = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(new URL(path, url), {
      method,
      headers: { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as any };
  };

  const venue = await createVenue(first.database.manager, { name: 'name 0' });
  const other = await createVenue(first.database.manager);
  const resident = await createVenue(second.database.manager);
  const customer = venue.customerProfileId;
  directory.set(customer, first.address).set(other.customerProfileId, first.address);
  const titles = Array.from({ length: 20_000 }, (_, number) => `Song ${number}`);
  for (let from = 0; from < titles.length; from += 2000) {
    const part = titles.slice(from, from + 2000);
    assert.equal((await send('PUT', `/customers/${customer}/songs`, part)).status, 200);
  }

  let isMoving = true;
  let [reads, acknowledged, refused] = [0, 0, 0];
  const readings = (async () => {
    while (isMoving) {
      const { status, body } = await send('GET', `/customers/${customer}/venues`);
      // Between the change of the directory and the answer of the old cell, the list may be empty.
      assert.equal(status, 200);
      if (body.length === 1) reads++;
    }
  })();
  const writings = (async () => {
    for (let count = 1; isMoving; count++) {
      const path = `/customers/${customer}/venues/${venue.id}`;
      const { status } = await send('PATCH', path, { name: `name ${count}` });
      if (status === 200) acknowledged = count;
      else refused++;
    }
  })();
  await sleep(500);
  let entries: string[] = [];
  const startedAt = performance.now();
  const moved: MovedCustomer = await moveCustomer(first.database, second.database, customer, {
    onCopied: async () => {
      // Writes are refused now, and the deletion has not been recorded yet.
      entries = await reached(first, customer, 'audit_logs');
      directory.set(customer, second.address);
    },
  });
  const took = performance.now() - startedAt;
  await sleep(500);
  isMoving = false;
  await Promise.all([readings, writings]);

  console.log(
    `moved ${JSON.stringify(moved.rows)} and ${moved.entries} entries in ${Math.round(took)} ms; ` +
      `${reads} reads, ${refused} writes refused`,
  );
  assert.equal(moved.rows['songdb'], 20_000);
  assert.equal(moved.rows['venues'], 1);
  const { body } = await send('GET', `/customers/${customer}/venues`);
  assert.deepEqual(
    body.map(({ id, name }: { id: string; name: string }) => ({ id, name })),
    [{ id: venue.id, name: `name ${acknowledged}` }],
  );
  const left = await first.database.query(
    'SELECT customer_profiles_id AS id FROM customer_profiles',
  );
  assert.deepEqual(left, [{ id: other.customerProfileId }]);
  const { body: others } = await send('GET', `/customers/${other.customerProfileId}/venues`);
  assert.equal(others.length, 1);

  // Tenants: the same entries, to which the writes after the move are added; and nobody reaches those of others.
  const there = await reached(second, customer, 'audit_logs');
  assert.deepEqual(
    entries.filter((id) => !there.includes(id)),
    [],
  );
  assert.equal(entries.length, moved.entries);
  assert.deepEqual(await reached(second, customer, 'venues'), [venue.id]);
  assert.deepEqual(await reached(second, resident.customerProfileId, 'venues'), [resident.id]);
  const strange = await reached(second, resident.customerProfileId, 'audit_logs');
  assert.deepEqual(
    strange.filter((id) => there.includes(id)),
    [],
  );
  for (const cell of [first, second]) {
    runCommand(cell, 'check');
    runCommand(cell, 'audit', 'verify');
  }
  console.log(
    `${entries.length} entries kept their tenant; check and audit verify pass in both cells`,
  );
  router.close();
}

const cells: Cell[] = [];
try {
  cells.push(await startCell(1), await startCell(2));
  await moveUnderLoad(cells as [Cell, Cell]);
} finally {
  for (const cell of cells) await stopCell(cell);
}
