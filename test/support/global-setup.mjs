import startScripts from './start-script.cjs';

/**
 * Prepares one migrated database for all suites, in a process of its own: Jest's sandbox can load
 * neither the sources as they are nor the embedded engine.
 */
export default async function globalSetup() {
  // Settings of whoever runs the suites are not what the suites are about.
  for (const name of Object.keys(process.env)) {
    if (name.startsWith('DATABASE_')) delete process.env[name];
  }
  const preparation = await startScripts.startScript('prepare-database.ts', []);
  globalThis.databasePreparation = preparation;
  // The workers, which are started after this, inherit the environment.
  process.env.SINGR_TEST_TARGET = preparation.firstLine;
  const { kind } = JSON.parse(preparation.firstLine);
  process.stderr.write(`Tests run on ${kind === 'server' ? 'a server' : 'the embedded engine'}.\n`);
}
