import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import pg from 'pg';
import { resolveDatabaseConfig } from '../../src/config/database.config.js';
import { dataSourceOptions } from '../../src/connection/data-source-options.js';
import { DatabaseDataSource } from '../../src/connection/database.data-source.js';
import { EmbeddedEngine } from '../../src/embedded/embedded-engine.js';
import { findDockerEngine } from './docker-engine.js';
import { standardInputClosed } from './standard-input.js';
import { databaseUrl } from './database-url.js';
import type { TestTarget } from './test-target.js';

/**
 * Picks the database of a test run, migrates it once, and prints how to reach it: one line of JSON.
 * Stays until its standard input closes, and then removes what it made.
 */
const cleanUps: (() => Promise<unknown>)[] = [];

// Standard output is for the one line; errors go elsewhere.
Logger.overrideLogger(['error', 'fatal']);
// An interrupt reaches every process of the terminal. This one ends once Jest has, and cleans up.
process.on('SIGINT', () => undefined);
try {
  process.stdout.write(`${JSON.stringify(await prepare())}\n`);
  await standardInputClosed();
} finally {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
}
process.exit();

async function prepare(): Promise<TestTarget> {
  const given = process.env.TEST_DATABASE_URL;
  if (given !== undefined && given !== '') return prepareServer(given, 'TEST_DATABASE_URL');
  const container = (await findDockerEngine()) ? await startContainer() : undefined;
  return container === undefined
    ? prepareEmbedded()
    : prepareServer(container, 'a PostGIS container');
}

async function prepareServer(adminUrl: string, origin: string): Promise<TestTarget> {
  const prefix = `singr_test_${process.pid}_${Date.now().toString(36)}`;
  const template = `${prefix}_template`;
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  cleanUps.push(async () => {
    // Suites drop their own databases; those of a run that was interrupted are still there.
    const { rows } = await admin.query<{ datname: string }>(
      'SELECT datname FROM pg_database WHERE starts_with(datname, $1)',
      [prefix],
    );
    for (const { datname } of rows) await admin.query(`DROP DATABASE ${datname} WITH (FORCE)`);
    await admin.end();
  });
  await admin.query(`CREATE DATABASE ${template}`);
  await migrate(databaseUrl(adminUrl, template));
  const { rows } = await admin.query<{ server_version: string }>('SHOW server_version');
  const description = `PostgreSQL ${rows[0]?.server_version.split(' ')[0]} (${origin})`;
  return { kind: 'server', description, adminUrl, template, prefix };
}

async function startContainer(): Promise<string | undefined> {
  const { PostgreSqlContainer } = await import('@testcontainers/postgresql');
  try {
    const container = await new PostgreSqlContainer('postgis/postgis:15-3.5-alpine').start();
    cleanUps.push(() => container.stop());
    return container.getConnectionUri();
  } catch (error) {
    // An engine without a way to the image, say. It must be seen that the run is on something else.
    process.stderr.write(`The PostGIS container does not start: ${(error as Error).message}\n`);
    return undefined;
  }
}

async function prepareEmbedded(): Promise<TestTarget> {
  const directory = await mkdtemp(join(tmpdir(), 'singr-test-'));
  cleanUps.push(() => rm(directory, { recursive: true, force: true }));
  const engine = await EmbeddedEngine.startInMemory();
  const empty = join(directory, 'empty.tar');
  const migrated = join(directory, 'migrated.tar');
  try {
    await writeFile(empty, await engine.snapshot());
    await migrate(`postgres://postgres@${engine.host}:${engine.port}/postgres`);
    await writeFile(migrated, await engine.snapshot());
  } finally {
    await engine.stop();
  }
  return { kind: 'embedded', description: 'the embedded engine', migrated, empty };
}

async function migrate(url: string): Promise<void> {
  const config = resolveDatabaseConfig({ url, poolSize: 1, migrate: true, slowQuery: 0 }, {});
  const dataSource = new DatabaseDataSource(dataSourceOptions(config));
  await dataSource.initialize();
  await dataSource.destroy();
}
