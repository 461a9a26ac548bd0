import { RequestLogger } from '../../actor/request.logger.js';
import { DatabaseError } from 'pg';
import type { DatabaseConfig } from '../../config/database.config.js';
import { addressOf, type ServerConnection } from '../../config/server-connection.js';
import type { DatabaseClient } from '../../driver/database.client.js';
import { outsideContext } from '../../common/context-storage.js';
import { pauseForServer } from '../back-off.js';
import { reasonOf } from '../errors.js';
import { openClient } from '../silence/ask-server.js';
import { ReplicaPool, type Lent } from './replica-pool.js';
import { walPosition, type WalPosition } from './wal-position.js';

/** The pause between two checks, in milliseconds. */
const pause = 1000;

/** The pause while a read would go to this replica if it had replayed a little more. */
const shortPause = 50;

/** The longest that a check may take, in milliseconds. */
const patience = 2000;

const full = `
  SELECT pg_last_wal_replay_lsn()::text AS position,
         round(extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) * 1000)::text AS age`;

/** For servers without these functions. */
const simple = 'SELECT NULL AS position, NULL AS age';

/** What a check of a replica found. */
export interface Replayed {
  /** How far it has replayed; undefined if it is no standby, or cannot say. */
  readonly position: WalPosition | undefined;
  /** How long ago the last replayed transaction was committed, in milliseconds. */
  readonly ageMs: number | undefined;
}

/**
 * A replica, which takes reads as long as it answers. It is checked every second on a connection of its own, and
 * less often once it does not answer.
 */
export class Replica {
  readonly address: string;
  private readonly log = new RequestLogger('Replicas');
  private readonly pool: ReplicaPool;
  private client: DatabaseClient | undefined;
  private checking: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private failures = 0;
  private isWarnedOf = false;
  private isWanted = false;
  private isStopped = false;
  private statement = full;
  private replayed: Replayed | undefined;

  constructor(
    private readonly config: DatabaseConfig,
    private readonly server: ServerConnection,
  ) {
    this.address = addressOf(server);
    this.pool = new ReplicaPool(config, server);
  }

  /** Whether the last check, and every connection since, had an answer. */
  get isUp(): boolean {
    return this.replayed !== undefined;
  }

  /** What the last check found; undefined when it had no answer. */
  get state(): Replayed | undefined {
    return this.replayed;
  }

  /** How many connections are in use or waited for. */
  get load(): number {
    return this.pool.load;
  }

  /** Whether it had replayed up to a position when it was last checked. */
  hasReplayed(position: WalPosition): boolean {
    const reached = this.replayed?.position;
    return reached !== undefined && reached >= position;
  }

  /** Takes a connection. It fails as soon as the replica is known not to answer. */
  take(): Promise<Lent> {
    return this.pool.take();
  }

  /** Checks it once, and then from time to time. */
  start(): Promise<void> {
    this.isStopped = false;
    return this.check();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    await this.checking;
    clearTimeout(this.timer);
    this.closeClient();
    this.replayed = undefined;
    await this.pool.end();
  }

  /** Takes no reads any more, until a check has an answer. Running reads fail. */
  eject(reason: Error): void {
    this.replayed = undefined;
    this.pool.giveUp(reason);
    if (this.isWarnedOf) return;
    this.isWarnedOf = true;
    this.log.warn(
      `The replica ${this.address} does not answer (${reasonOf(reason)}). ` +
        'Reads go to other replicas or to the primary until it does.',
    );
  }

  /** Checks it soon, and often for a while: a read waits for what it has not replayed yet. */
  hurry(): void {
    if (this.isWanted) return;
    this.isWanted = true;
    if (this.checking === undefined && this.isUp) this.schedule(shortPause);
  }

  /** Checks it now, or waits for the check that is running. */
  check(): Promise<void> {
    this.checking ??= outsideContext(() => this.ask()).finally(() => {
      this.checking = undefined;
      this.schedule(this.nextPause());
    });
    return this.checking;
  }

  private nextPause(): number {
    if (!this.isUp) return pauseForServer(this.failures);
    const next = this.isWanted ? shortPause : pause;
    this.isWanted = false;
    return next;
  }

  private schedule(ms: number): void {
    clearTimeout(this.timer);
    if (this.isStopped) return;
    this.timer = outsideContext(() => setTimeout(() => void this.check(), ms).unref());
  }

  private async ask(): Promise<void> {
    try {
      this.client ??= await openClient(this.config, this.server, patience);
      const { rows } = await this.client.queryWithin<Answer>(patience, this.statement);
      this.rise(rows[0]!);
    } catch (error) {
      this.closeClient();
      if (error instanceof DatabaseError && error.code === '0A000' && this.statement === full) {
        this.statement = simple;
        return await this.ask();
      }
      this.failures++;
      if (!this.isStopped) this.eject(error as Error);
    }
  }

  private rise({ position, age }: Answer): void {
    if (this.isWarnedOf) this.log.log(`The replica ${this.address} answers again.`);
    this.isWarnedOf = false;
    this.failures = 0;
    this.replayed = {
      position: position === null ? undefined : walPosition(position),
      ageMs: age === null ? undefined : Number(age),
    };
  }

  private closeClient(): void {
    this.client?.cut(new Error('the check of the replica has ended'));
    this.client = undefined;
  }
}

interface Answer {
  readonly position: string | null;
  readonly age: string | null;
}
