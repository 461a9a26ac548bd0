import type { DatabaseConfig } from '../config/database.config.js';
import { PoolExhaustedError, PoolShareExhaustedError } from './errors.js';

/** Code that asks for a connection. */
interface Caller {
  /** How many connections the code holds already. */
  readonly depth: number;
  /** The transaction that holds them. */
  readonly holder: object | undefined;
  /** Whose request it belongs to; undefined for no limit. */
  readonly key: unknown;
}

/** Code that waits for a connection. */
interface Waiting extends Caller {
  readonly since: number;
  readonly enter: () => void;
}

/** The depth that some code of this process will need, known before it runs. */
let expectedDepth = 0;

/** Tells every gate that some code holds a connection while it asks for a second one. */
export function expectSecondConnections(): void {
  expectedDepth = 1;
}

/**
 * Decides which code gets the next connection of a pool, so that code that holds a connection can finish.
 *
 * Code that holds a connection and needs a second one, as `REQUIRES_NEW` does, comes before code that holds
 * none. One connection is reserved for it: otherwise transactions could take the whole pool, and all of them
 * could wait for a second connection forever. The depth is the number of connections that the code holds
 * already.
 *
 * The requests of one key use at most their share. Further ones wait, and others overtake them.
 */
export class ConnectionGate {
  private readonly waiting: Waiting[] = [];
  private readonly inUse = new Map<unknown, number>();
  private readonly size: number;
  private readonly timeoutMs: number;
  private readonly share: number;
  private readonly patienceMs: number;
  private free: number;
  /** The greatest depth so far. This is also the number of reserved connections. */
  private deepest = 0;

  constructor({ poolSize, connectTimeout, overload }: DatabaseConfig) {
    this.size = this.free = poolSize;
    this.timeoutMs = connectTimeout;
    this.share = overload.connectionsOfKey;
    this.patienceMs = overload.after;
  }

  /**
   * Waits until the code may take a connection; not at all, and without a promise, if it may at once. The
   * returned function gives it back.
   *
   * @param depth how many connections the code holds already
   * @param holder the transaction that holds them
   * @param key whose request the code belongs to; undefined for no limit
   * @throws PoolExhaustedError when it takes longer than the timeout (0 for none), or at once when every
   *   transaction that holds a connection waits for another one
   * @throws PoolShareExhaustedError when the key uses its share for longer than the timeout, or at once when
   *   other requests of the key wait for longer than `overload.after`
   */
  enter(depth = 0, holder?: object, key?: unknown): (() => void) | Promise<() => void> {
    this.deepest = Math.max(this.deepest, Math.min(Math.max(depth, expectedDepth), this.size - 1));
    const caller = { depth, holder, key };
    const leave = () => this.leave(caller);
    if (!this.admits(caller)) {
      this.assertWorthWaiting(caller);
      return this.wait(caller).then(() => leave);
    }
    this.take(caller);
    return leave;
  }

  /** How many wait for a connection. */
  get waitingCount(): number {
    return this.waiting.length;
  }

  /** How long the first in the queue has waited, in milliseconds, without those whose key uses its share. */
  get longestWait(): number {
    const first = this.waiting.find((waiting) => !this.usesShare(waiting));
    return first === undefined ? 0 : performance.now() - first.since;
  }

  private leave({ key }: Caller): void {
    this.free++;
    const left = (this.inUse.get(key) ?? 0) - 1;
    if (left > 0) this.inUse.set(key, left);
    else this.inUse.delete(key);
    for (let next = this.next(); next !== undefined; next = this.next()) {
      this.take(next);
      next.enter();
    }
  }

  private take({ key }: Caller): void {
    this.free--;
    if (key !== undefined) this.inUse.set(key, (this.inUse.get(key) ?? 0) + 1);
  }

  private assertWorthWaiting(caller: Caller): void {
    const holders = new Set([caller.holder, ...this.waiting.map((waiting) => waiting.holder)]);
    holders.delete(undefined);
    if (holders.size >= this.size) throw PoolExhaustedError.byHolders(this.size);
    if (this.patienceMs === 0 || !this.usesShare(caller)) return;
    const first = this.waiting.find((waiting) => waiting.key === caller.key);
    if (first !== undefined && performance.now() - first.since > this.patienceMs) {
      throw new PoolShareExhaustedError(this.share);
    }
  }

  private wait(caller: Caller): Promise<void> {
    return new Promise((resolve, reject) => {
      const since = performance.now();
      const waiting: Waiting = { ...caller, since, enter: () => resolve(clearTimeout(timer)) };
      const giveUp = () => {
        this.waiting.splice(this.waiting.indexOf(waiting), 1);
        reject(
          this.usesShare(caller)
            ? new PoolShareExhaustedError(this.share)
            : PoolExhaustedError.afterTime(this.size, this.timeoutMs),
        );
      };
      const timer = this.timeoutMs === 0 ? undefined : setTimeout(giveUp, this.timeoutMs);
      this.waiting.push(waiting);
    });
  }

  /** Takes the next one from the queue: of the greatest depth, the one that came first. */
  private next(): Waiting | undefined {
    let first: Waiting | undefined;
    for (const waiting of this.waiting) {
      const isDeeper = first === undefined || waiting.depth > first.depth;
      if (isDeeper && !this.usesShare(waiting)) first = waiting;
    }
    if (first === undefined || !this.admits(first)) return undefined;
    this.waiting.splice(this.waiting.indexOf(first), 1);
    return first;
  }

  private admits(caller: Caller): boolean {
    return this.free > Math.max(0, this.deepest - caller.depth) && !this.usesShare(caller);
  }

  /** Whether the caller has to wait for others of its key. Code that holds a connection has to finish. */
  private usesShare({ depth, key }: Caller): boolean {
    return depth === 0 && key !== undefined && (this.inUse.get(key) ?? 0) >= this.share;
  }
}
