import { resolve } from 'node:path';
import { findDockerEngine } from './docker-engine.js';
import { startEngineHost } from './engine-host.js';
import { startContainer } from './postgis-container.js';

/** The place where the databases of a test run are created. */
export type TestTarget = ServerTarget | EmbeddedTarget;

export interface ServerTarget {
  readonly kind: 'server';
  /** URL of a database on the server, with a role that may create databases. */
  readonly adminUrl: string;
}

export interface EmbeddedTarget {
  readonly kind: 'embedded';
  /** The folder with the snapshots that engines start from. */
  readonly folder: string;
  /** The path of the socket of the process that runs the engines. */
  readonly host: string;
}

/** The environment variable that passes the target to the processes of a run. */
const targetVariable = 'SINGR_TEST_TARGET';

let chosen: Promise<TestTarget> | undefined;

/**
 * Chooses the target of test databases, once for each process: the target of `prepareTestDatabases()`, else
 * the server of TEST_DATABASE_URL, else a container if a Docker engine answers, else the embedded engine.
 */
export function testTarget(): Promise<TestTarget> {
  chosen ??= choose();
  return chosen;
}

/** The target that was published by another process; undefined when there is none. */
export function preparedTarget(): TestTarget | undefined {
  const prepared = process.env[targetVariable];
  return prepared === undefined ? undefined : (JSON.parse(prepared) as TestTarget);
}

/** Publishes the target to child processes, through the environment. */
export function publishTarget(target: TestTarget | undefined): void {
  if (target === undefined) delete process.env[targetVariable];
  else process.env[targetVariable] = JSON.stringify(target);
  chosen = undefined;
}

async function choose(): Promise<TestTarget> {
  const prepared = preparedTarget();
  if (prepared !== undefined) return prepared;
  const given = process.env.TEST_DATABASE_URL;
  if (given !== undefined && given !== '') return { kind: 'server', adminUrl: given };
  const container = (await findDockerEngine()) ? await startContainer() : undefined;
  return container === undefined
    ? { kind: 'embedded', folder: resolve('.singr/test'), host: await startEngineHost() }
    : { kind: 'server', adminUrl: container };
}
