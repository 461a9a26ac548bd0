import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long a client waits for an answer, and between two tries, in milliseconds. */
const patience = 5000;
const pause = 50;

/** What clients of the application have seen. */
export interface Experience {
  /** The titles that were acknowledged. */
  readonly acknowledged: string[];
  /** The times of successful writes, by `performance.now()`. */
  readonly successes: number[];
  /** The times of successful reads. */
  readonly reads: number[];
  /** Failed tries by the status of the answer; 0 for none within 5 s. */
  readonly failures: Record<number, number>;
  /** The number of retries that got the answer of an earlier try. */
  replayed: number;
}

/** Clients that each send one request after the other, and retry it with the same key until it succeeds. */
export class Clients {
  readonly experience: Experience = {
    acknowledged: [],
    successes: [],
    reads: [],
    failures: {},
    replayed: 0,
  };
  private isStopping = false;
  private readonly running: Promise<void>[];

  constructor(
    private readonly url: string,
    writers: number,
  ) {
    this.running = [
      ...Array.from({ length: writers }, (_, writer) => this.writeOn(writer)),
      this.readOn(),
    ];
  }

  /** Lets each client finish its request, with retries, and stop. */
  async stop(): Promise<void> {
    this.isStopping = true;
    await Promise.all(this.running);
  }

  private async writeOn(writer: number): Promise<void> {
    for (let number = 0; !this.isStopping; number++) {
      const title = `${writer}-${number}`;
      const request = {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
        body: JSON.stringify({ title }),
      };
      while (!(await this.succeeds(request))) await sleep(pause);
      this.experience.acknowledged.push(title);
      this.experience.successes.push(performance.now());
    }
  }

  private async readOn(): Promise<void> {
    while (!this.isStopping) {
      if (await this.succeeds({})) this.experience.reads.push(performance.now());
      await sleep(pause);
    }
  }

  private async succeeds(request: RequestInit): Promise<boolean> {
    const answer = await fetch(this.url, {
      ...request,
      signal: AbortSignal.timeout(patience),
    }).catch(() => undefined);
    await answer?.text().catch(() => undefined);
    if (answer?.ok === true) {
      if (answer.headers.has('idempotent-replayed')) this.experience.replayed++;
      return true;
    }
    const status = answer?.status ?? 0;
    this.experience.failures[status] = (this.experience.failures[status] ?? 0) + 1;
    return false;
  }
}
