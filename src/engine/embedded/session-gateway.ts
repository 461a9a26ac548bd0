import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { PGlite } from '@electric-sql/pglite';
import {
  Answer,
  encryptionRefused,
  fatalErrorResponse,
  FrontendMessageReader,
  StartupAnswer,
  type FrontendMessage,
} from './wire-protocol.js';

/** How long a connection waits for another one's transaction before it is refused. */
const turnTimeoutMs = 30_000;

/**
 * Serves the engine's one session to ordinary PostgreSQL clients, on the loopback address.
 *
 * A connection holds the session from the first message of a batch until the engine is ready for the
 * next one outside any transaction; the others wait their turn. So no two connections ever mix their
 * messages or their transactions, and one that waits in vain is told so.
 */
export class SessionGateway {
  private readonly server: Server;
  private readonly connections = new Set<Connection>();
  private readonly waiting: Connection[] = [];
  /** Whose turn it is; nobody's while the session is cleaned. */
  private holder: Connection | 'nobody' | undefined;
  /** A connection has ended, and what it left in the session is still there. */
  private isLeftBehind = false;
  private isClosing = false;

  /** @param onFailure is told of an engine that fails, which it does not do by a statement's error */
  constructor(
    private readonly engine: PGlite,
    private readonly onFailure: (error: unknown) => void,
  ) {
    this.server = createServer((socket) => this.accept(socket));
  }

  /** Starts to listen on a free port. */
  async listen(): Promise<{ host: string; port: number }> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    const { address, port } = this.server.address() as AddressInfo;
    return { host: address, port };
  }

  /** Ends every connection; an open transaction is rolled back. */
  async close(): Promise<void> {
    this.isClosing = true;
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const connection of this.connections) connection.socket.destroy();
    await closed;
  }

  /** An engine that is told to stop refuses what is left to do. */
  private readonly fail = (error: unknown): void => {
    if (!this.isClosing) this.onFailure(error);
  };

  private accept(socket: Socket): void {
    const connection = new Connection(socket);
    this.connections.add(connection);
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.receive(connection, chunk));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => void this.forget(connection).catch(this.fail));
  }

  private receive(connection: Connection, chunk: Buffer): void {
    if (connection.refused) return;
    for (const message of connection.reader.read(chunk)) {
      if (message.kind === 'encryption-request') connection.socket.write(encryptionRefused);
      else if (message.kind === 'forward') connection.queue.push(message);
      else connection.socket.end();
    }
    this.takeTurn(connection);
  }

  private takeTurn(connection: Connection): void {
    if (connection.queue.length === 0 || connection.socket.destroyed) return;
    if (this.holder === undefined) {
      this.holder = connection;
      connection.stopWaiting();
    }
    if (this.holder === connection) this.serve(connection).catch(this.fail);
    else this.wait(connection);
  }

  private wait(connection: Connection): void {
    if (connection.waitTimer !== undefined) return;
    this.waiting.push(connection);
    connection.waitTimer = setTimeout(() => this.refuse(connection), turnTimeoutMs);
  }

  /** What the connection has sent never runs: its client is told that it failed. */
  private refuse(connection: Connection): void {
    connection.refused = true;
    this.withdraw(connection);
    connection.socket.end(
      fatalErrorResponse(
        '55P03',
        `the embedded engine has one session, and another connection has held it for ${turnTimeoutMs / 1000} s; ` +
          'end that transaction, or use a PostgreSQL server for concurrent work',
      ),
    );
  }

  /** Runs what the holder has sent so far, and passes the session on when its batch is over. */
  private async serve(connection: Connection): Promise<void> {
    if (connection.serving) return;
    connection.serving = true;
    for (let message = connection.queue.shift(); message; message = connection.queue.shift()) {
      const send = (bytes: Buffer) => connection.socket.write(bytes);
      const answer = message.isStartup
        ? new StartupAnswer(send)
        : new Answer(message.endsBatch, send);
      await this.engine.execProtocolRawStream(message.bytes, {
        onRawData: (data) => answer.add(data),
      });
      answer.end();
      if (message.endsBatch && !this.engine.isInTransaction()) {
        connection.serving = false;
        await this.passOn(connection);
        return;
      }
    }
    connection.serving = false;
    if (connection.socket.destroyed) await this.forget(connection);
  }

  private async passOn(connection: Connection): Promise<void> {
    if (this.isLeftBehind) await this.cleanUp();
    this.holder = undefined;
    // One that is going takes no turn; the one behind it does.
    while (this.holder === undefined && this.waiting.length > 0) {
      this.takeTurn(this.waiting.shift()!);
    }
    // Behind those that waited: one busy connection does not starve the others.
    this.takeTurn(connection);
  }

  /** A connection that ended takes all of its session with it. This one outlives it, and is told to forget. */
  private async cleanUp(): Promise<void> {
    this.holder = 'nobody';
    while (this.isLeftBehind) {
      this.isLeftBehind = false;
      // Also what is no transaction block yet: the connection may have ended in the middle of a batch.
      await this.engine.exec('ROLLBACK');
      await this.engine.exec('DISCARD ALL');
    }
  }

  private async forget(connection: Connection): Promise<void> {
    this.connections.delete(connection);
    this.withdraw(connection);
    this.isLeftBehind = true;
    const isItsTurn = this.holder === connection && !connection.serving;
    if (isItsTurn || this.holder === undefined) await this.passOn(connection);
  }

  private withdraw(connection: Connection): void {
    connection.stopWaiting();
    const place = this.waiting.indexOf(connection);
    if (place !== -1) this.waiting.splice(place, 1);
    connection.queue.length = 0;
  }
}

class Connection {
  readonly reader = new FrontendMessageReader();
  readonly queue: Extract<FrontendMessage, { kind: 'forward' }>[] = [];
  serving = false;
  refused = false;
  waitTimer: NodeJS.Timeout | undefined;

  constructor(readonly socket: Socket) {}

  stopWaiting(): void {
    clearTimeout(this.waitTimer);
    this.waitTimer = undefined;
  }
}
