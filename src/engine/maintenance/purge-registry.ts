import { Injectable } from '@nestjs/common';
import { DuplicatePurgeError } from './errors.js';

/** Deletes rows that no longer have an effect, in batches, and returns their number. */
export type Purge = () => Promise<number>;

/** The outcome of all purges. */
export interface PurgeReport {
  /** The number of rows that each purge deleted or changed, by its name. */
  readonly purged: Readonly<Record<string, number>>;
  /** The purges that failed, by name. The others ran. */
  readonly failures: Readonly<Record<string, Error>>;
}

/**
 * The purges that maintenance runs. The package registers those of expired sessions, verification tokens,
 * invitations and answers to retries. An application adds its own:
 *
 * ```ts
 * constructor(purges: PurgeRegistry, drafts: DraftService) {
 *   purges.add('old drafts', () => drafts.deleteOld());
 * }
 * ```
 *
 * Every process of an application may run a purge at the same time.
 */
@Injectable()
export class PurgeRegistry {
  private readonly purges = new Map<string, Purge>();

  /** The names of the purges, in the order in which they run. */
  get names(): string[] {
    return [...this.purges.keys()];
  }

  /**
   * Adds a purge. `name` says what it deletes, for logs and reports.
   *
   * @throws DuplicatePurgeError
   */
  add(name: string, purge: Purge): void {
    if (this.purges.has(name)) throw new DuplicatePurgeError(name);
    this.purges.set(name, purge);
  }

  /**
   * Runs all purges, one after the other. A failure does not stop the others.
   *
   * @param signal stops before the next purge
   */
  async run(signal?: AbortSignal): Promise<PurgeReport> {
    const purged: Record<string, number> = {};
    const failures: Record<string, Error> = {};
    for (const [name, purge] of this.purges) {
      if (signal?.aborted) break;
      try {
        purged[name] = await purge();
      } catch (error) {
        failures[name] = error instanceof Error ? error : new Error(String(error));
      }
    }
    return { purged, failures };
  }
}
