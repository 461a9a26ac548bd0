import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PGlite } from '@electric-sql/pglite';
import { SessionGateway } from '../../../src/engine/embedded/session-gateway.js';

/** ParameterStatus, BackendKeyData of process 42, ReadyForQuery. */
const startupAnswer = Buffer.from(
  'S\0\0\0\x0aa\0one\0' + 'K\0\0\0\x0c\0\0\0\x2a\0\0\0\x01' + 'Z\0\0\0\x05I',
  'latin1',
);

/**
 * An engine that notes what reaches it and when. BEGIN and COMMIT open and close its transaction; SLOW
 * takes until `finish()`; FAIL ends the engine; every other statement is answered with its own text.
 */
class FakeEngine {
  readonly seen: string[] = [];
  private inTransaction = false;
  private finishSlow: (() => void) | undefined;

  async execProtocolRawStream(
    message: Uint8Array,
    { onRawData }: { onRawData: (data: Uint8Array) => void },
  ): Promise<void> {
    const text = Buffer.from(message).toString('latin1').slice(5).replaceAll('\0', '');
    this.seen.push(text);
    if (text === '\x03') return onRawData(startupAnswer);
    if (text.includes('SLOW')) await new Promise<void>((resolve) => (this.finishSlow = resolve));
    if (text === 'FAIL') throw new Error('out of bounds');
    if (text === 'BEGIN') this.inTransaction = true;
    if (text === 'COMMIT') this.inTransaction = false;
    onRawData(Buffer.from(`${text};`));
  }

  async exec(statement: string): Promise<void> {
    this.seen.push(statement);
    if (statement === 'ROLLBACK') this.inTransaction = false;
  }

  isInTransaction(): boolean {
    return this.inTransaction;
  }

  finish(): void {
    this.finishSlow?.();
  }
}

function query(text: string): Buffer {
  const message = Buffer.from(`Q____${text}\0`);
  message.writeInt32BE(message.length - 1, 1);
  return message;
}

class Client {
  received = '';
  isClosed = false;

  constructor(readonly socket: Socket) {
    socket.on('data', (chunk) => (this.received += chunk.toString('latin1')));
    socket.on('close', () => (this.isClosed = true));
    socket.on('error', () => undefined);
  }

  send(text: string): void {
    this.socket.write(query(text));
  }
}

describe('the gateway to the engine’s one session', () => {
  let engine: FakeEngine;
  let gateway: SessionGateway;
  let port: number;
  let clients: Client[];
  let failures: unknown[];

  beforeEach(async () => {
    engine = new FakeEngine();
    clients = [];
    failures = [];
    gateway = new SessionGateway(engine as unknown as PGlite, (error) => failures.push(error));
    ({ port } = await gateway.listen());
  });
  afterEach(async () => {
    jest.useRealTimers();
    engine.finish();
    await gateway.close();
    for (const { socket } of clients) socket.destroy();
  });

  /** A client that has sent its start-up message. */
  async function connectClient(): Promise<Client> {
    const socket = connect(port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    const client = new Client(socket);
    clients.push(client);
    const startup = Buffer.alloc(8);
    startup.writeInt32BE(8, 0);
    startup.writeInt32BE(196608, 4);
    socket.write(startup);
    return client;
  }

  async function eventually(check: () => void): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        return check();
      } catch (error) {
        if (attempt === 200) throw error;
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }

  function statements(): string[] {
    // Start-up messages carry no text.
    return engine.seen.filter((text) => /^[A-Z]/.test(text));
  }

  it('holds other connections back for as long as one has a transaction open', async () => {
    const [one, two] = [await connectClient(), await connectClient()];
    one.send('BEGIN');
    await eventually(() => expect(one.received).toContain('BEGIN'));
    two.send('SELECT 2');
    one.send('SELECT 1');
    await eventually(() => expect(one.received).toContain('SELECT 1'));
    expect(two.received).not.toContain('SELECT 2');
    one.send('COMMIT');
    await eventually(() => expect(two.received).toContain('SELECT 2'));
    expect(statements()).toEqual(['BEGIN', 'SELECT 1', 'COMMIT', 'SELECT 2']);
  });

  it('serves those that wait in the order in which they came', async () => {
    const [one, two, three] = [await connectClient(), await connectClient(), await connectClient()];
    one.send('BEGIN');
    await eventually(() => expect(one.received).toContain('BEGIN'));
    two.send('SELECT 2');
    await sleep(20);
    three.send('SELECT 3');
    await sleep(20);
    one.send('COMMIT');
    one.send('SELECT 1');
    await eventually(() => expect(one.received).toContain('SELECT 1'));
    expect(statements()).toEqual(['BEGIN', 'COMMIT', 'SELECT 2', 'SELECT 3', 'SELECT 1']);
  });

  it('rolls back the transaction of a connection that is lost', async () => {
    const [one, two] = [await connectClient(), await connectClient()];
    one.send('BEGIN');
    await eventually(() => expect(one.received).toContain('BEGIN'));
    two.send('SELECT 2');
    await sleep(20);
    one.socket.destroy();
    await eventually(() => expect(two.received).toContain('SELECT 2'));
    expect(statements()).toEqual(['BEGIN', 'ROLLBACK', 'DISCARD ALL', 'SELECT 2']);
  });

  it('rolls back also when the connection is lost during a statement', async () => {
    const [one, two] = [await connectClient(), await connectClient()];
    one.send('BEGIN');
    one.send('SLOW');
    await eventually(() => expect(statements()).toContain('SLOW'));
    two.send('SELECT 2');
    await sleep(20);
    one.socket.destroy();
    await sleep(20);
    engine.finish();
    await eventually(() => expect(two.received).toContain('SELECT 2'));
    expect(statements()).toEqual(['BEGIN', 'SLOW', 'ROLLBACK', 'DISCARD ALL', 'SELECT 2']);
  });

  it('forgets what a connection left in the session, but not before another’s transaction ends', async () => {
    const [one, two] = [await connectClient(), await connectClient()];
    one.send('SET');
    await eventually(() => expect(one.received).toContain('SET'));
    two.send('BEGIN');
    await eventually(() => expect(two.received).toContain('BEGIN'));
    one.socket.destroy();
    await sleep(20);
    two.send('COMMIT');
    two.send('SELECT 2');
    await eventually(() => expect(two.received).toContain('SELECT 2'));
    expect(statements()).toEqual(['SET', 'BEGIN', 'COMMIT', 'ROLLBACK', 'DISCARD ALL', 'SELECT 2']);
  });

  it('sends no process id to a connection', async () => {
    const client = await connectClient();
    await eventually(() => expect(client.received).toBe('S\0\0\0\x0aa\0one\0' + 'Z\0\0\0\x05I'));
  });

  it('skips a waiting connection that has been closed', async () => {
    const [one, two, three] = [await connectClient(), await connectClient(), await connectClient()];
    one.send('SLOW');
    await eventually(() => expect(statements()).toContain('SLOW'));
    two.send('SELECT 2');
    await sleep(20);
    three.send('SELECT 3');
    await sleep(20);
    two.socket.resetAndDestroy();
    engine.finish();
    await eventually(() => expect(three.received).toContain('SELECT 3'));
  });

  it('refuses a connection that waits too long, and does not run its statements', async () => {
    const [one, two] = [await connectClient(), await connectClient()];
    // Both start-up messages are through.
    await eventually(() => expect(engine.seen).toHaveLength(2));
    one.send('BEGIN');
    await eventually(() => expect(one.received).toContain('BEGIN'));
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    // Half-open, as a client is that has not yet read the refusal.
    two.socket.allowHalfOpen = true;
    two.send('DELETE');
    await eventually(() => expect(jest.getTimerCount()).toBe(1));
    jest.advanceTimersByTime(30_000);
    await eventually(() => expect(two.received).toContain('C55P03'));
    expect(two.received).toMatch(/one session.*use a PostgreSQL server/);
    one.send('COMMIT');
    await eventually(() => expect(one.received).toContain('COMMIT'));
    one.send('SELECT 1');
    await eventually(() => expect(one.received).toContain('SELECT 1'));
    expect(statements()).toEqual(['BEGIN', 'COMMIT', 'SELECT 1']);
  });

  it('reports a failure of the engine to its owner', async () => {
    const one = await connectClient();
    one.send('FAIL');
    await eventually(() => expect(failures).toEqual([new Error('out of bounds')]));
  });

  it('refuses encryption, which a loopback port does not need', async () => {
    const socket = connect(port, '127.0.0.1');
    const request = Buffer.alloc(8);
    request.writeInt32BE(8, 0);
    request.writeInt32BE(80877103, 4);
    socket.write(request);
    const answer = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
    expect(answer.toString()).toBe('N');
    socket.destroy();
  });
});
