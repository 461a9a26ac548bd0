import type { Pool } from 'pg';
import type { DatabaseClient } from '../../driver/database.client.js';
import type { ServerClient } from '../../driver/server.client.js';
import { outsideContext } from '../../common/context-storage.js';
import { SilentServerError } from '../../driver/transient-failures.js';

/** How much longer than its own time-out the server may take to answer, in milliseconds. */
export const grace = 5000;

/** How long the server may take to close its end of a connection, in milliseconds. */
const farewell = 1000;

/** Finds out which of the silent connections lead nowhere. */
export type Inquiry = (silent: readonly DatabaseClient[]) => Promise<readonly DatabaseClient[]>;

interface Silence {
  bytes: number;
  since: number;
}

/**
 * Watches the connections to a server, and closes those on which no answer will come. Without it a statement
 * waits for as long as the operating system sends packets again, some 15 minutes, or for ever if the server
 * is frozen.
 *
 * - A connection that awaits an answer and has received nothing for `limitMs` is asked about: the inquiry says
 *   whether the server still works on the statement.
 * - One that is silent for longer than the server's own time-out of the statement, and some seconds, is closed.
 *
 * It looks at the connections from time to time, which costs a statement nothing.
 */
export class AnswerWatch {
  private readonly silences = new Map<DatabaseClient, Silence>();
  private readonly lent = new WeakSet<object>();
  /** The clients that are connecting, and since when. */
  private readonly pending = new Map<ServerClient, number>();
  private lastHeard = 0;
  private timer: NodeJS.Timeout | undefined;
  private isInquiring = false;

  /**
   * @param limitMs in milliseconds; 0 for no inquiries
   * @param canConnect tries whether the server takes a new connection
   */
  constructor(
    private readonly limitMs: number,
    private readonly inquiry: Inquiry,
    private readonly canConnect: () => Promise<boolean>,
  ) {}

  /**
   * The settings of a pool whose clients are watched from before they connect.
   *
   * @param onConnect called with each client that has connected
   */
  settings(onConnect: (client: DatabaseClient) => Promise<void>) {
    return {
      onConnecting: (client: ServerClient): (() => void) => {
        const forget = () => void this.pending.delete(client);
        this.pending.set(client, performance.now());
        client.once('end', forget);
        this.start();
        return forget;
      },
      onConnect: async (client: DatabaseClient): Promise<void> => {
        await onConnect(client);
        this.add(client);
      },
    };
  }

  /** Notes which connections of a pool are in use. */
  watch(pool: Pool): void {
    pool.on('acquire', (client) => this.lent.add(client));
    pool.on('release', (_error, client) => this.lent.delete(client));
  }

  get clients(): Iterable<DatabaseClient> {
    return this.silences.keys();
  }

  /** The connections that nobody uses. */
  get waitingInPool(): DatabaseClient[] {
    return [...this.clients].filter((client) => !this.lent.has(client));
  }

  /**
   * Whether any connection has received something within the limit. Then the server is there, even if it is too
   * busy for a new connection.
   */
  get hasHeardLately(): boolean {
    this.updateAll();
    return performance.now() - this.lastHeard < this.limitMs;
  }

  /**
   * Ends the watch once the pool is closed. A server that is gone does not close its end, which would keep this
   * process from ending.
   */
  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.pending.clear();
    const closeAll = () => [...this.clients].forEach((client) => client.cut());
    if (this.silences.size > 0) outsideContext(() => setTimeout(closeAll, farewell).unref());
  }

  private add(client: DatabaseClient): void {
    this.pending.delete(client);
    // The embedded engine sends no process id. It has one session, and answers nobody while a statement runs.
    if (client.processId === null) return;
    this.silences.set(client, { bytes: client.bytesReceived, since: performance.now() });
    client.once('end', () => this.silences.delete(client));
    this.start();
  }

  private start(): void {
    const interval = this.limitMs === 0 ? 1000 : Math.min(1000, Math.ceil(this.limitMs / 5));
    this.timer ??= outsideContext(() => setInterval(() => this.look(), interval).unref());
  }

  private look(): void {
    this.updateAll();
    const now = performance.now();
    const silent: DatabaseClient[] = [];
    const overdue: DatabaseClient[] = [];
    for (const [client, { since }] of this.silences) {
      const duration = now - since;
      const { statementTimeout } = client;
      if (statementTimeout > 0 && duration > statementTimeout + grace) overdue.push(client);
      else if (this.limitMs > 0 && duration > this.limitMs) silent.push(client);
    }
    void this.cut(overdue);
    if (this.isInquiring) return;
    if (silent.length > 0) void this.inquire(silent);
    else void this.tryAnew(now);
  }

  /** Notes what each connection has received. */
  private updateAll(): void {
    const now = performance.now();
    for (const [client, silence] of this.silences) {
      const { bytesReceived } = client;
      if (bytesReceived !== silence.bytes) this.lastHeard = now;
      else if (client.awaitsAnswer) continue;
      silence.bytes = bytesReceived;
      silence.since = now;
    }
  }

  private async inquire(silent: readonly DatabaseClient[]): Promise<void> {
    this.isInquiring = true;
    try {
      await this.cut(await this.inquiry(silent));
    } finally {
      this.isInquiring = false;
    }
  }

  /**
   * Connects once more while others are connecting. If that succeeds, those who began before, and are still
   * waiting for the server, have sent their packets to one that is gone: they begin again.
   */
  private async tryAnew(now: number): Promise<void> {
    const late = [...this.pending].filter(([, since]) => now - since > this.limitMs / 2);
    if (this.limitMs === 0 || late.length === 0) return;
    this.isInquiring = true;
    try {
      if (!(await this.canConnect())) return;
      for (const [client] of late) {
        if (this.pending.has(client)) client.cut(new SilentServerError());
      }
    } finally {
      this.isInquiring = false;
    }
  }

  /** Closes connections, unless an answer has come in the meantime. */
  private async cut(clients: readonly DatabaseClient[]): Promise<void> {
    if (clients.length === 0) return;
    const before = clients.map((client) => client.bytesReceived);
    // If this process was stopped or busy, answers may be waiting in its sockets.
    for (let turn = 0; turn < 2; turn++) await new Promise((next) => setImmediate(next));
    clients.forEach((client, i) => {
      if (client.bytesReceived !== before[i]) return;
      client.cut(new SilentServerError());
    });
  }
}
