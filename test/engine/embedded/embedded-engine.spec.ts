import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { findHolder } from '../../../src/engine/embedded/data-directory-lock.js';
import { startScript, type RunningScript } from '../../support/start-script.cjs';

describe('the embedded engine', () => {
  const parent = mkdtempSync(join(tmpdir(), 'singr-embedded-'));
  const dataDir = join(parent, 'data');
  let first: RunningScript;

  beforeAll(async () => {
    first = await startScript('embedded-data-source.ts', [dataDir]);
  });
  afterAll(async () => {
    await first.stop();
    rmSync(parent, { recursive: true, force: true });
  });

  /** A connection to the engine that runs on the folder, as a shell makes one. */
  async function connect(): Promise<pg.Client> {
    const { host, port } = findHolder(dataDir)!;
    const client = new pg.Client({ host, port, user: 'postgres', database: 'postgres' });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  async function query<Row extends object = any>(sql: string): Promise<Row[]> {
    const client = await connect();
    try {
      return (await client.query<Row>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  it('is PostgreSQL with PostGIS, in a thread of the application', async () => {
    expect(JSON.parse(first.firstLine)).toEqual({ started: true, threads: 1 });
    await query('CREATE EXTENSION postgis');
    const [row] = await query<{ near: boolean }>(
      `SELECT ST_DWithin('POINT(0 0)'::geography, 'POINT(0 0.001)'::geography, 111) AS near`,
    );
    expect(row).toEqual({ near: true });
  });

  it('refuses a second process on its folder, and says which process has it', async () => {
    const second = await startScript('embedded-data-source.ts', [dataDir]);
    const { started, code, message } = JSON.parse(second.firstLine);
    expect({ started, code }).toEqual({
      started: false,
      code: 'EMBEDDED_DATA_DIRECTORY_LOCKED',
    });
    expect(message).toContain(`in use by process ${first.processId}.`);
    expect(message).toContain('DATABASE_EMBEDDED_DIR');
    await expect(second.stop()).resolves.toBe(1);
  });

  it('never mixes the transactions of two connections', async () => {
    await query(
      'CREATE TABLE counter (id int PRIMARY KEY, value int); INSERT INTO counter VALUES (1, 0)',
    );
    const clients = await Promise.all(Array.from({ length: 5 }, connect));
    // Reads and then writes what it read plus one: any statement of another between them loses a count.
    const increment = async (client: pg.Client, roundTrips: number) => {
      for (let count = 0; count < roundTrips; count++) {
        await client.query('BEGIN');
        const { rows } = await client.query<{ value: number; id: string }>(
          'SELECT value, pg_current_xact_id()::text AS id FROM counter',
        );
        await client.query('UPDATE counter SET value = $1', [rows[0]!.value + 1]);
        const { rows: again } = await client.query('SELECT pg_current_xact_id()::text AS id');
        expect(again[0].id).toBe(rows[0]!.id);
        await client.query('COMMIT');
      }
    };
    await Promise.all(clients.map((client) => increment(client, 10)));
    for (const client of clients) await client.end();
    expect(await query('SELECT value FROM counter')).toEqual([{ value: 50 }]);
  });

  it('rolls back the transaction of a connection that drops', async () => {
    const client = await connect();
    await client.query('BEGIN');
    await client.query('UPDATE counter SET value = -1');
    (client as unknown as { connection: pg.Connection }).connection.stream.destroy();
    expect(await query('SELECT value FROM counter')).toEqual([{ value: 50 }]);
  });

  it('resets the session after a connection', async () => {
    const client = await connect();
    await client.query(`SET statement_timeout = 1234`);
    await client.query('CREATE TEMPORARY TABLE mine (id int)');
    await client.query({ name: 'mine', text: 'SELECT 1' });
    await client.end();
    const left = await query(
      `SELECT current_setting('statement_timeout') AS timeout, to_regclass('mine') AS table,
              (SELECT count(*)::int FROM pg_prepared_statements) AS prepared`,
    );
    expect(left).toEqual([{ timeout: '0', table: null, prepared: 0 }]);
  });

  it('has its data when it starts again', async () => {
    await first.stop();
    expect(findHolder(dataDir)).toBeUndefined();
    first = await startScript('embedded-data-source.ts', [dataDir]);
    expect(await query('SELECT value FROM counter')).toEqual([{ value: 50 }]);
  });

  it('looks up names in the configured schema, whatever another connection has reset', async () => {
    await first.stop();
    first = await startScript('embedded-data-source.ts', [dataDir, 'app']);
    expect(JSON.parse(first.firstLine)).toMatchObject({ started: true });
    await query('RESET ALL');
    expect(
      await query(`SELECT audit.home()::text AS home, to_regclass('venues')::text AS venues`),
    ).toEqual([{ home: 'app', venues: 'venues' }]);
    expect(await query('SHOW search_path')).toEqual([{ search_path: 'app, public' }]);
  });

  it('takes over the folder of a process that was killed, with what it had committed', async () => {
    await query('UPDATE counter SET value = 51');
    process.kill(first.processId, 'SIGKILL');
    await first.stop();
    first = await startScript('embedded-data-source.ts', [dataDir]);
    expect(JSON.parse(first.firstLine)).toMatchObject({ started: true });
    expect(await query('SELECT value FROM counter')).toEqual([{ value: 51 }]);
  });
});
