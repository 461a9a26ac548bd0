import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { databaseUrl } from './database-url.js';
import { startScript } from './start-script.cjs';
import { currentTarget, type ServerTarget } from './test-target.js';

/** A database that belongs to one suite alone. */
export interface SuiteDatabase {
  readonly url: string;
  drop(): Promise<unknown>;
}

/** A copy of the migrated database. */
export async function createMigratedDatabase(): Promise<SuiteDatabase> {
  const target = currentTarget();
  return target.kind === 'server'
    ? createOnServer(target, target.template)
    : startEngine(target.migrated);
}

/** A database with nothing in it: no table and no extension. */
export async function createEmptyDatabase(): Promise<SuiteDatabase> {
  const target = currentTarget();
  return target.kind === 'server' ? createOnServer(target, 'template0') : startEngine(target.empty);
}

async function createOnServer(target: ServerTarget, template: string): Promise<SuiteDatabase> {
  const name = `${target.prefix}_${randomBytes(6).toString('hex')}`;
  await administer(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  return {
    url: databaseUrl(target.adminUrl, name),
    drop: () => administer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

/** Runs a statement on the server, outside the databases of the run. */
export async function administer(statement: string): Promise<void> {
  const target = currentTarget();
  if (target.kind === 'embedded') throw new Error('the embedded engine has one database');
  const admin = new pg.Client({ connectionString: target.adminUrl });
  await admin.connect();
  try {
    // 55006: the template is in use for a moment, by another suite's copy or by autovacuum.
    await repeatWhile('55006', () => admin.query(statement));
  } finally {
    await admin.end();
  }
}

async function repeatWhile(code: string, work: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await work();
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== code || attempt === 20) throw error;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}

async function startEngine(snapshot: string): Promise<SuiteDatabase> {
  const engine = await startScript('embedded-server.ts', [snapshot]);
  return { url: `postgres://postgres@${engine.firstLine}/postgres`, drop: () => engine.stop() };
}
