import { parentPort, workerData } from 'node:worker_threads';
import { PGlite, type Extension } from '@electric-sql/pglite';
import { btree_gist } from '@electric-sql/pglite/contrib/btree_gist';
import { citext } from '@electric-sql/pglite/contrib/citext';
import { cube } from '@electric-sql/pglite/contrib/cube';
import { hstore } from '@electric-sql/pglite/contrib/hstore';
import { ltree } from '@electric-sql/pglite/contrib/ltree';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';
import { pgcrypto } from '@electric-sql/pglite/contrib/pgcrypto';
import { unaccent } from '@electric-sql/pglite/contrib/unaccent';
import { uuid_ossp } from '@electric-sql/pglite/contrib/uuid_ossp';
import {
  inMemory,
  type EngineCommand,
  type EngineReport,
  type EngineSettings,
} from './engine.messages.js';
import { linkedOnUse } from './extension-files.js';
import { SessionGateway } from './session-gateway.js';
import { SnapshotFile } from './snapshot-file.js';
import { quickSymbolLookup } from './symbol-lookup.js';

/**
 * Runs the engine in a thread of its own, so that a long query does not block the event loop of the
 * application and its timeouts.
 */
const settings = workerData as EngineSettings;

/**
 * Settings of an engine in memory. Shared buffers and write-ahead logs of the default size would use 200 MB
 * more, which each start has to clear or copy.
 */
const smallInMemory = ['shared_buffers=16MB', 'min_wal_size=2MB', 'max_wal_size=2MB'];
const isInMemory = settings.dataDir === inMemory;
const serverSettings = [
  ...(isInMemory ? smallInMemory : []),
  // Set here, because `DISCARD ALL` at the end of a connection resets what the session has set.
  ...(settings.searchPath === undefined ? [] : [`search_path=${settings.searchPath}`]),
];
const engine = await PGlite.create({
  dataDir: settings.dataDir,
  startParams: [
    ...PGlite.defaultStartParams,
    ...serverSettings.flatMap((setting) => ['-c', setting]),
  ],
  ...(isInMemory && { initDbStartParams: ['--wal-segsize=1'] }),
  loadDataDir: settings.snapshot === undefined ? undefined : new SnapshotFile(settings.snapshot),
  extensions: {
    quickSymbolLookup,
    ...linkedOnUse({
      // Extensions that the package's migrations create.
      ...{ ...(await installedPostgis()), pgcrypto, pg_trgm, unaccent },
      // Extensions that TypeORM can install, which an application's migrations may therefore create.
      ...{ btree_gist, citext, cube, hstore, ltree, uuid_ossp },
    }),
  },
});
// After a failure, the state of the engine is unknown. The error ends the thread, and the application gets it.
const gateway = new SessionGateway(engine, (error) => setImmediate(() => raise(error)));
report({ kind: 'listening', ...(await gateway.listen()) });

parentPort!.on('message', (command: EngineCommand) => void run(command));

async function run(command: EngineCommand): Promise<void> {
  if (command === 'snapshot') {
    // So an engine that starts from the snapshot has nothing to recover.
    await engine.exec('CHECKPOINT');
    const file = await engine.dumpDataDir('none');
    report({ kind: 'snapshot', data: new Uint8Array(await file.arrayBuffer()) });
    return;
  }
  await gateway.close();
  await engine.close();
  report({ kind: 'stopped' });
  parentPort!.close();
}

/** PostGIS, which an application without spatial columns need not install. */
async function installedPostgis(): Promise<Record<string, Extension>> {
  try {
    const { postgis } = await import('@electric-sql/pglite-postgis');
    return { postgis };
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    return {};
  }
}

/** Throws an Error. The engine throws its exit status, which loses its message between threads. */
function raise(error: unknown): never {
  throw error instanceof Error ? error : new Error((error as { message: string }).message);
}

function report(message: EngineReport): void {
  parentPort!.postMessage(message);
}
