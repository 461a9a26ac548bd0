import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';
import { checkCount } from '../../common/check-count.js';
import { pauseForServer } from '../../connection/back-off.js';
import type { DatabaseDataSource } from '../../transaction/database.data-source.js';
import { runInTransaction } from '../../transaction/run-in-transaction.js';
import { currentScope } from '../../transaction/transaction-context.js';
import { TrailBusyError, type TrailBlocker } from '../errors.js';
import { withoutStatementTimeout } from '../without-statement-timeout.js';

/** How long maintenance tries again while open transactions use the trail, in milliseconds. */
const defaultPatience = 60_000;

export interface PatienceOptions {
  /** How long to try again while open transactions use the trail, in milliseconds. Default: 60 000. */
  patience?: number;
  /** Stops the work between two of its transactions. Default: nothing stops it. */
  signal?: AbortSignal;
}

/**
 * What is left of the patience for a piece of work. All its steps share it: while others write, each step may
 * copy some entries, and none may get the lock that the work needs to end.
 */
export class Patience {
  readonly signal: AbortSignal | undefined;
  private leftMs: number;

  /** @throws InvalidCountError */
  constructor({ patience = defaultPatience, signal }: PatienceOptions) {
    checkCount('patience', patience, { least: 0, most: 86_400_000 });
    this.leftMs = patience;
    this.signal = signal;
  }

  /** Takes the time of a failed attempt, and of the pause after it. Returns whether some is left. */
  spend(ms: number): boolean {
    this.leftMs -= ms;
    return this.leftMs >= 0;
  }
}

/** SQLSTATEs of a lock that was not free in time, and of a deadlock. */
const busy = new Set(['55P03', '40P01']);

/**
 * Runs a step of maintenance in a transaction of its own, or in a savepoint of the current one. The step gives up
 * when it would have to wait for a lock for long, because everybody else would queue behind it. Then it runs again
 * after a pause.
 *
 * @throws TrailBusyError when failed attempts and pauses have used up the patience
 * @throws the reason of `signal` when it was aborted, or an AbortError during a pause
 */
export async function whileBusy<T>(
  database: DatabaseDataSource,
  patience: Patience,
  step: (manager: EntityManager) => Promise<T>,
): Promise<T> {
  const { signal } = patience;
  // A step copies what others have committed, so it must see it.
  const options =
    currentScope(database) === undefined
      ? ({ isolationLevel: 'READ COMMITTED' } as const)
      : ({ propagation: 'NESTED' } as const);
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    const startedAt = performance.now();
    try {
      return await runInTransaction(database, options, (manager) =>
        withoutStatementTimeout(manager, () => step(manager)),
      );
    } catch (error) {
      if (!busy.has((error as { code?: string }).code ?? '')) throw error;
      const pause = pauseForServer(attempt) * (0.5 + Math.random() / 2);
      if (!patience.spend(performance.now() - startedAt + pause)) {
        throw new TrailBusyError(await findBlockers(database), { cause: error });
      }
      await sleep(pause, undefined, { signal });
    }
  }
}

/** Connections with an open transaction that holds a lock of the trail, or an old snapshot; the oldest first. */
function findBlockers(database: DatabaseDataSource): Promise<TrailBlocker[]> {
  return database.read<TrailBlocker>(
    `SELECT a.pid, a.application_name AS application,
            extract(epoch FROM clock_timestamp() - a.xact_start)::integer AS seconds
     FROM pg_stat_activity a
     WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
       AND (a.xact_start IS NULL OR a.xact_start < clock_timestamp() - interval '80 milliseconds')
       AND (a.backend_xmin IS NOT NULL OR a.pid IN (
         SELECT l.pid FROM pg_locks l
         WHERE l.locktype = 'relation' AND l.granted AND (l.relation = 'audit_logs'::regclass
           OR l.relation IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'audit_logs'::regclass))))
     ORDER BY a.xact_start LIMIT 5`,
  );
}
