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
import type { EngineCommand, EngineReport, EngineSettings } from './engine.messages.js';
import { linkedOnUse } from './extension-files.js';
import { SessionGateway } from './session-gateway.js';

/**
 * Runs the engine in a thread of its own: a query that computes for a second must not stop the
 * application's event loop for a second, nor the time-outs that watch over it.
 */
const settings = workerData as EngineSettings;
const engine = await PGlite.create({
  dataDir: settings.dataDir,
  loadDataDir: settings.snapshot && new Blob([settings.snapshot]),
  extensions: linkedOnUse({
    // The package's.
    ...{ postgis, pgcrypto, pg_trgm, unaccent },
    // Those that TypeORM installs by itself, and so an application may have in its migrations.
    ...{ btree_gist, citext, cube, hstore, ltree, uuid_ossp },
  }),
});
// An engine that failed once is in no known state. The error ends the thread, and so reaches the application.
const gateway = new SessionGateway(engine, (error) => setImmediate(() => raise(error)));
report({ kind: 'listening', ...(await gateway.listen()) });

parentPort!.on('message', (command: EngineCommand) => void run(command));

async function run(command: EngineCommand): Promise<void> {
  if (command === 'snapshot') {
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
