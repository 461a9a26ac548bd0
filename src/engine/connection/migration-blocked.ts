import { RequestLogger } from '../actor/request.logger.js';
import { withBackOff } from './back-off.js';
import type { DatabaseConfig } from '../config/database.config.js';
import { MigrationBlockedError } from './errors.js';

/** SQLSTATEs of a statement that may succeed once another transaction has ended. */
const blocked = new Set([
  '55P03', // lock_not_available: the lock timeout
  '40P01', // deadlock_detected
]);

const log = new RequestLogger('Migrations');

/** The connection of the migrations. */
export interface MigrationConnection {
  readonly config: DatabaseConfig;
  /** Whether a transaction that may hold the locks waits for the migrations. Then no attempt would succeed. */
  readonly isWaitedFor: boolean;
  /** The error of the last statement on this connection that did not get a lock. */
  readonly blockage: unknown;
  /** Runs a statement that only reads, outside a transaction. */
  readRows<Row>(sql: string, parameters: unknown[]): Promise<Row[]>;
}

/**
 * Runs `work` again when one of its statements on the connection ended in a lock timeout or a deadlock, with
 * growing pauses. While a statement waits for a lock,
 * all later statements on the table wait behind it. In the pauses they run.
 *
 * @throws MigrationBlockedError when no attempts are left
 */
export async function retryWhileBlocked<T>(
  connection: MigrationConnection,
  work: () => Promise<T>,
): Promise<T> {
  if (connection.isWaitedFor) return await work();
  const { migrationAttempts: attempts, timeouts } = connection.config;
  // What a migration does on other connections may wait for its own locks, so that it is not tried again.
  const isBlocked = (error: unknown) => error === connection.blockage;
  try {
    return await withBackOff(attempts, work, isBlocked, async (_error, attempt, pauseMs) => {
      log.warn(
        `A migration did not get a lock (attempt ${attempt} of ${attempts}); next try in ${pauseMs} ms. ` +
          (await describeOpenTransactions(connection)),
      );
    });
  } catch (error) {
    if (!isBlocked(error)) throw error;
    const transactions = await describeOpenTransactions(connection);
    throw new MigrationBlockedError(timeouts.migrationLock, attempts, transactions, error as Error);
  }
}

/** Whether a statement failed because other transactions hold a lock that it needs. */
export function isBlockage(error: unknown): boolean {
  return blocked.has((error as { code?: string }).code ?? '');
}

interface OpenTransaction {
  pid: number;
  application: string;
  /** How long it has been open. */
  seconds: number;
}

/**
 * Names the oldest open transactions, which are likely to hold the lock. PostgreSQL hides the times of other
 * roles' sessions from a role without `pg_read_all_stats`: then there is nothing to name.
 */
async function describeOpenTransactions(connection: MigrationConnection): Promise<string> {
  const open = await connection.readRows<OpenTransaction>(
    `SELECT pid, application_name AS application,
            round(extract(epoch FROM now() - xact_start))::int AS seconds
     FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()
       AND xact_start < now() - $1 * interval '1 ms'
     ORDER BY xact_start LIMIT 3`,
    [connection.config.timeouts.migrationLock],
  );
  if (open.length === 0) return '';
  const named = open.map(
    ({ pid, application, seconds }) => `${pid} (${application}, ${seconds} s)`,
  );
  return `The oldest open transactions are of the processes ${named.join(', ')}. `;
}
