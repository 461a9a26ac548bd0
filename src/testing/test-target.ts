import { resolve } from 'node:path';
import { findDockerEngine } from './docker-engine.js';
import { startContainer } from './postgis-container.js';

/** Where the databases of a test run are made. */
export type TestTarget = ServerTarget | EmbeddedTarget;

export interface ServerTarget {
  readonly kind: 'server';
  /** Where databases may be created. */
  readonly adminUrl: string;
}

export interface EmbeddedTarget {
  readonly kind: 'embedded';
  /** The folder with the data that engines start from. */
  readonly folder: string;
}

/** What the processes of a run learn from the one that prepared it. */
const targetVariable = 'SINGR_TEST_TARGET';

let chosen: Promise<TestTarget> | undefined;

/**
 * Where test databases are made, chosen once a process: where the run was prepared to, else on the
 * server that TEST_DATABASE_URL names, else in a container if a Docker engine answers, else on the
 * embedded engine.
 */
export function testTarget(): Promise<TestTarget> {
  chosen ??= choose();
  return chosen;
}

/** The choice as it was made before this process began; undefined when it was not. */
export function preparedTarget(): TestTarget | undefined {
  const prepared = process.env[targetVariable];
  return prepared === undefined ? undefined : (JSON.parse(prepared) as TestTarget);
}

/** Tells the processes that this one starts, which inherit its environment. */
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
    ? { kind: 'embedded', folder: resolve('.singr/test') }
    : { kind: 'server', adminUrl: container };
}
