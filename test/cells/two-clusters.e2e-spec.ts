import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { dataSourceFor } from '../support/data-source.js';
import { areClustersPossible, Cluster } from '../support/cluster.js';
import { createVenue } from '../support/fixtures.js';
import { moveCustomer, type DatabaseDataSource } from '@singr/database';
import { cellRouter } from './router.js';

// Two servers and two processes take some time: npm run test:cells.
const describeOnDemand =
  process.env['TEST_CELLS'] !== undefined && areClustersPossible ? describe : describe.skip;

/** A server, the application on it, and a connection past the application. */
interface Cell {
  readonly cluster: Cluster;
  readonly database: DatabaseDataSource;
  readonly process: ChildProcess;
  readonly address: string;
}

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
  const child = spawn(
    process.execPath,
    ['--import', './tools/typescript/register.mjs', 'test/cells/cell-process.ts'],
    {
      env: { ...process.env, CELL: String(number), CELL_URL: cluster.url },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { cluster, database, process: child, address: `http://127.0.0.1:${line.split(' ')[1]}` };
}

describeOnDemand('two cells, each with a cluster and a process of its own', () => {
  let cells: [Cell, Cell];
  const directory = new Map<string, string>();
  const router = cellRouter(directory);
  let url: string;

  beforeAll(async () => {
    cells = [await startCell(1), await startCell(2)];
    router.listen(0, '127.0.0.1');
    await once(router, 'listening');
    url = `http://127.0.0.1:${(router.address() as AddressInfo).port}`;
  });

  afterAll(async () => {
    router.close();
    for (const { cluster, database, process: child } of cells) {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
      await database.destroy();
      await cluster.remove();
    }
  });

  async function send(method: string, path: string, body?: unknown) {
    const response = await fetch(new URL(path, url), {
      method,
      headers: { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as any };
  }

  it('a customer is moved while it is read and written: no read fails, and no write is lost', async () => {
    const [first, second] = cells;
    const venue = await createVenue(first.database.manager, { name: 'name 0' });
    const other = await createVenue(first.database.manager);
    const customer = venue.customerProfileId;
    directory.set(customer, first.address).set(other.customerProfileId, first.address);
    const titles = Array.from({ length: 20_000 }, (_, number) => `Song ${number}`);
    for (let from = 0; from < titles.length; from += 2000) {
      const part = titles.slice(from, from + 2000);
      expect((await send('PUT', `/customers/${customer}/songs`, part)).status).toBe(200);
    }

    let isMoving = true;
    let [reads, acknowledged, refused] = [0, 0, 0];
    const readings = (async () => {
      while (isMoving) {
        const { status, body } = await send('GET', `/customers/${customer}/venues`);
        // Between the change of the directory and the answer of the old cell, the list may be empty.
        expect(status).toBe(200);
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
    await new Promise((resolve) => setTimeout(resolve, 500));
    const startedAt = performance.now();
    const moved = await moveCustomer(first.database, second.database, customer, {
      onCopied: () => void directory.set(customer, second.address),
    });
    const took = performance.now() - startedAt;
    await new Promise((resolve) => setTimeout(resolve, 500));
    isMoving = false;
    await Promise.all([readings, writings]);

    console.log(
      `moved ${JSON.stringify(moved.rows)} and ${moved.entries} entries in ${Math.round(took)} ms; ` +
        `${reads} reads, ${refused} writes refused`,
    );
    expect(moved.rows).toMatchObject({ songdb: 20_000, venues: 1 });
    const { body } = await send('GET', `/customers/${customer}/venues`);
    expect(body).toMatchObject([{ id: venue.id, name: `name ${acknowledged}` }]);
    const left = await first.database.query(
      'SELECT customer_profiles_id AS id FROM customer_profiles',
    );
    expect(left).toEqual([{ id: other.customerProfileId }]);
    expect((await send('GET', `/customers/${other.customerProfileId}/venues`)).body).toHaveLength(
      1,
    );
  });
});
