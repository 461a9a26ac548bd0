import type { DatabaseConfig } from '../../config/database.config.js';
import { Replica } from './replica.js';
import type { WalPosition } from './wal-position.js';

/** The replicas of a database. */
export class Replicas {
  readonly all: readonly Replica[];

  constructor(config: DatabaseConfig) {
    this.all = config.replicas.map((server) => new Replica(config, server));
  }

  /** Checks all, and warns of those that do not answer. */
  async start(): Promise<void> {
    await Promise.all(this.all.map((replica) => replica.start()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.all.map((replica) => replica.stop()));
  }

  /**
   * The least busy replica that answers; undefined for none.
   *
   * @param failed those that have just failed
   * @param required how far it must have replayed
   */
  pick(failed: ReadonlySet<Replica>, required: WalPosition | undefined): Replica | undefined {
    const candidates = this.all.filter((replica) => replica.isUp && !failed.has(replica));
    const suitable = candidates.filter((replica) => {
      if (required === undefined || replica.hasReplayed(required)) return true;
      replica.hurry();
      return false;
    });
    const least = Math.min(...suitable.map(({ load }) => load));
    const idlest = suitable.filter(({ load }) => load === least);
    return idlest[Math.floor(Math.random() * idlest.length)];
  }
}
