import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { btree_gist } from '@electric-sql/pglite/contrib/btree_gist';
import { citext } from '@electric-sql/pglite/contrib/citext';
import { cube } from '@electric-sql/pglite/contrib/cube';
import { hstore } from '@electric-sql/pglite/contrib/hstore';
import { ltree } from '@electric-sql/pglite/contrib/ltree';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';
import { pgcrypto } from '@electric-sql/pglite/contrib/pgcrypto';
import { unaccent } from '@electric-sql/pglite/contrib/unaccent';
import { uuid_ossp } from '@electric-sql/pglite/contrib/uuid_ossp';
import { postgis } from '@electric-sql/pglite-postgis';
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
 * Runs the engine in a thread of its own: a query that computes for a second must not stop the
 * application's event loop for a second, nor the time-outs that watch over it.
 */
const settings = workerData as EngineSettings;

/**
 * Where the disk is memory, buffers for it and logs kept for later are memory too: each start would clear or
 * copy 200 MB more.
 */
const smallInMemory = {
  startParams: [
    ...PGlite.defaultStartParams,
    ...['-c', 'shared_buffers=16MB', '-c', 'min_wal_size=2MB', '-c', 'max_wal_size=2MB'],
  ],
  initDbStartParams: ['--wal-segsize=1'],
};
const engine = await PGlite.create({
  dataDir: settings.dataDir,
  ...(settings.dataDir === inMemory ? smallInMemory : {}),
  loadDataDir: settings.snapshot === undefined ? undefined : new SnapshotFile(settings.snapshot),
  extensions: {
    quickSymbolLookup,
    ...linkedOnUse({
      // The package's.
      ...{ postgis, pgcrypto, pg_trgm, unaccent },
      // Those that TypeORM installs by itself, and so an application may have in its migrations.
      ...{ btree_gist, citext, cube, hstore, ltree, uuid_ossp },
    }),
  },
});
// An engine that failed once is in no known state. The error ends the thread, and so reaches the application.
const gateway = new SessionGateway(engine, (error) => setImmediate(() => raise(error)));
report({ kind: 'listening', ...(await gateway.listen()) });

parentPort!.on('message', (command: EngineCommand) => void run(command));

async function run(command: EngineCommand): Promise<void> {
  if (command === 'snapshot') {
    // What starts from it has nothing to do again.
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

/** The engine throws its exit status, which is no error and says nothing once it has left the thread. */
function raise(error: unknown): never {
  throw error instanceof Error ? error : new Error((error as { message: string }).message);
}

function report(message: EngineReport): void {
  parentPort!.postMessage(message);
}
