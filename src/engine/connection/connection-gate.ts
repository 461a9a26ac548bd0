import { PoolExhaustedError } from './errors.js';

/** Code that waits for a connection. */
interface Waiting {
  readonly depth: number;
  readonly holder: object | undefined;
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
 */
export class ConnectionGate {
  private readonly waiting: Waiting[] = [];
  private free: number;
  /** The greatest depth so far. This is also the number of reserved connections. */
  private deepest = 0;

  constructor(
    private readonly size: number,
    private readonly timeoutMs: number,
  ) {
    this.free = size;
  }

  /**
   * Waits until the code may take a connection; `leave()` gives it back.
   *
   * @param depth how many connections the code holds already
   * @param holder the transaction that holds them
   * @throws PoolExhaustedError when it takes longer than the timeout (0 for none), or at once when every
   *   transaction that holds a connection waits for another one
   */
  async enter(depth = 0, holder?: object): Promise<void> {
    this.deepest = Math.max(this.deepest, Math.min(Math.max(depth, expectedDepth), this.size - 1));
    if (this.admits(depth)) {
      this.free--;
      return;
    }
    const holders = new Set([holder, ...this.waiting.map((waiting) => waiting.holder)]);
    holders.delete(undefined);
    if (holders.size >= this.size) throw PoolExhaustedError.byHolders(this.size);
    await this.wait(depth, holder);
  }

  leave(): void {
    this.free++;
    for (;;) {
      const next = this.next();
      if (next === undefined) return;
      this.free--;
      next.enter();
    }
  }

  private wait(depth: number, holder: object | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { depth, holder, enter: () => resolve(clearTimeout(timer)) };
      const giveUp = () => {
        this.waiting.splice(this.waiting.indexOf(waiting), 1);
        reject(PoolExhaustedError.afterTime(this.size, this.timeoutMs));
      };
      const timer = this.timeoutMs === 0 ? undefined : setTimeout(giveUp, this.timeoutMs);
      this.waiting.push(waiting);
    });
  }

  private next(): Waiting | undefined {
    const deepest = this.waiting.reduce((depth, waiting) => Math.max(depth, waiting.depth), 0);
    const index = this.waiting.findIndex(({ depth }) => depth === deepest);
    const first = this.waiting[index];
    if (first === undefined || !this.admits(first.depth)) return undefined;
    this.waiting.splice(index, 1);
    return first;
  }

  private admits(depth: number): boolean {
    return this.free > Math.max(0, this.deepest - depth);
  }
}
