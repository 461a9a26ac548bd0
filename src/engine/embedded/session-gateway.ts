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

/** How long a connection waits for the transaction of another one before it is refused, in milliseconds. */
const turnTimeoutMs = 30_000;

/**
 * Shares the only session of the engine among ordinary PostgreSQL clients, on the loopback address.
 *
 * A connection holds the session from the first message of a batch until the engine is ready for the next
 * batch outside any transaction. Other connections wait, so that messages and transactions of two connections
 * never mix. A connection that waits too long gets an error.
 */
export class SessionGateway {
  private readonly server: Server;
  private readonly connections = new Set<Connection>();
  private readonly waiting: Connection[] = [];
  /** The connection that holds the session; `nobody` while the session is cleaned up. */
  private holder: Connection | 'nobody' | undefined;
  /** Whether a connection has ended whose state is still in the session. */
  private isLeftBehind = false;
  private isClosing = false;

  /** @param onFailure called when the engine itself fails, and not for errors of statements */
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

  /** Closes every connection. An open transaction is rolled back. */
  async close(): Promise<void> {
    this.isClosing = true;
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const connection of this.connections) connection.socket.destroy();
    await closed;
  }

  /** Reports a failure of the engine, unless it is stopping: then it refuses what is still queued. */
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

  /** Closes a connection with an error. The statements that it has sent do not run. */
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

  /** Runs the queued messages of the holder, and passes the session on at the end of its batch. */
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
    // A closed connection does not take the session, so the next one is tried.
    while (this.holder === undefined && this.waiting.length > 0) {
      this.takeTurn(this.waiting.shift()!);
    }
    // After the waiting connections, so that a busy connection does not starve the others.
    this.takeTurn(connection);
  }

  /** Resets the session after a connection has ended, as the session itself goes on for other connections. */
  private async cleanUp(): Promise<void> {
    this.holder = 'nobody';
    while (this.isLeftBehind) {
      this.isLeftBehind = false;
      // The connection may have ended in the middle of a batch, with an implicit transaction open.
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
