import { withoutCopyIn } from './copy-refusal.js';

/**
 * The parts of PostgreSQL's wire protocol (manual, "Message Formats") that are needed to share one session: the
 * boundaries of a client's messages, and error responses.
 */
const sslRequest = 80877103;
const gssEncryptionRequest = 80877104;
const cancelRequest = 80877102;

export type FrontendMessage =
  | { readonly kind: 'encryption-request' | 'cancel' | 'terminate' }
  | {
      readonly kind: 'forward';
      readonly bytes: Uint8Array;
      /** Whether this message ends a batch: the engine answers it with ReadyForQuery. */
      readonly endsBatch: boolean;
      /** Whether this is the first message of the connection. */
      readonly isStartup: boolean;
    };

/** Splits the byte stream of a client into messages. */
export class FrontendMessageReader {
  private pending: Buffer = Buffer.alloc(0);
  private started = false;

  *read(chunk: Buffer): Generator<FrontendMessage> {
    this.pending = this.pending.length === 0 ? chunk : Buffer.concat([this.pending, chunk]);
    for (let message = this.next(); message !== undefined; message = this.next()) yield message;
  }

  private next(): FrontendMessage | undefined {
    // The first message of a connection has no type byte, only its length and a request code.
    const headerLength = this.started ? 5 : 8;
    if (this.pending.length < headerLength) return undefined;
    const length = this.started ? 1 + this.pending.readInt32BE(1) : this.pending.readInt32BE(0);
    if (this.pending.length < length) return undefined;
    const bytes = this.pending.subarray(0, length);
    this.pending = this.pending.subarray(length);
    return this.started ? typedMessage(bytes) : this.startupMessage(bytes);
  }

  private startupMessage(bytes: Buffer): FrontendMessage {
    const code = bytes.readInt32BE(4);
    if (code === sslRequest || code === gssEncryptionRequest) return { kind: 'encryption-request' };
    if (code === cancelRequest) return { kind: 'cancel' };
    this.started = true;
    return { kind: 'forward', bytes, endsBatch: true, isStartup: true };
  }
}

function typedMessage(bytes: Buffer): FrontendMessage {
  const type = String.fromCharCode(bytes[0]!);
  if (type === 'X') return { kind: 'terminate' };
  // Query, Sync, FunctionCall.
  const endsBatch = type === 'Q' || type === 'S' || type === 'F';
  return { kind: 'forward', bytes: withoutCopyIn(bytes), endsBatch, isStartup: false };
}

const backendKeyData = 'K'.charCodeAt(0);

/** The start of ReadyForQuery: type and length. One byte with the state of the transaction follows. */
const readyForQuery = Buffer.from('Z\0\0\0\x05', 'latin1');
const readyForQueryLength = readyForQuery.length + 1;

/**
 * Forwards the engine's answer to one message to the client.
 *
 * After an error, the engine sends ReadyForQuery at once, and again at the end of the batch. A client would
 * take the second one for the answer to its next query, and then mix up all answers. So a ReadyForQuery
 * within a batch is dropped: it only comes after an error there.
 */
export class Answer {
  private held: Buffer = Buffer.alloc(0);

  constructor(
    private readonly endsBatch: boolean,
    private readonly send: (bytes: Buffer) => void,
  ) {}

  /** Copies the bytes, because the engine reuses its memory. */
  add(data: Uint8Array): void {
    const bytes = Buffer.concat([this.held, data]);
    const end = this.endsBatch ? bytes.length : Math.max(0, bytes.length - readyForQueryLength);
    if (end > 0) this.send(bytes.subarray(0, end));
    this.held = bytes.subarray(end);
  }

  end(): void {
    const isReady =
      this.held.length === readyForQueryLength &&
      this.held.subarray(0, readyForQuery.length).equals(readyForQuery);
    if (this.held.length > 0 && !isReady) this.send(this.held);
  }
}

/**
 * The engine's answer to the first message of a connection, without BackendKeyData, the process id and the
 * key for cancelling. Clients take a process id for a session of their own, in which they may keep prepared
 * statements. The engine does not support cancelling anyway.
 */
export class StartupAnswer {
  private readonly chunks: Uint8Array[] = [];

  constructor(private readonly send: (bytes: Buffer) => void) {}

  /** Copies the bytes, because the engine reuses its memory. */
  add(data: Uint8Array): void {
    this.chunks.push(Uint8Array.from(data));
  }

  end(): void {
    const bytes = Buffer.concat(this.chunks);
    for (let start = 0; start < bytes.length;) {
      const end = start + 1 + bytes.readInt32BE(start + 1);
      if (bytes[start] !== backendKeyData) this.send(bytes.subarray(start, end));
      start = end;
    }
  }
}

/** The answer to an encryption request: not supported. */
export const encryptionRefused = Buffer.from('N');

/** An ErrorResponse after which the client closes the connection. */
export function fatalErrorResponse(sqlState: string, message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${sqlState}\0M${message}\0\0`);
  const header = Buffer.alloc(5);
  header.write('E');
  header.writeInt32BE(4 + fields.length, 1);
  return Buffer.concat([header, fields]);
}
