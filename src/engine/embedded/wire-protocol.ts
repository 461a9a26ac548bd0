import { withoutCopyIn } from './copy-refusal.js';

/**
 * The little of PostgreSQL's wire protocol (manual, "Message Formats") that it takes to share one
 * session: where a client's message ends, and how to refuse.
 */
const sslRequest = 80877103;
const gssEncryptionRequest = 80877104;
const cancelRequest = 80877102;

export type FrontendMessage =
  | { readonly kind: 'encryption-request' | 'cancel' | 'terminate' }
  | {
      readonly kind: 'forward';
      readonly bytes: Uint8Array;
      /** The engine answers this message with ReadyForQuery: a batch ends with it. */
      readonly endsBatch: boolean;
      /** The connection's first message. */
      readonly isStartup: boolean;
    };

/** Cuts a client's byte stream into messages. */
export class FrontendMessageReader {
  private pending: Buffer = Buffer.alloc(0);
  private started = false;

  *read(chunk: Buffer): Generator<FrontendMessage> {
    this.pending = this.pending.length === 0 ? chunk : Buffer.concat([this.pending, chunk]);
    for (let message = this.next(); message !== undefined; message = this.next()) yield message;
  }

  private next(): FrontendMessage | undefined {
    // The first message of a connection carries no type byte, only its length and a request code.
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

/** ReadyForQuery begins with its type and its length; one byte of the transaction's state follows. */
const readyForQuery = Buffer.from('Z\0\0\0\x05', 'latin1');
const readyForQueryLength = readyForQuery.length + 1;

/**
 * The engine's answer to one message, on its way to the client.
 *
 * After an error the engine says at once that it is ready for the next query, and once more at the end of
 * the batch. A client takes the second time for the answer to its next query, and from then on every
 * answer for that of another one. So the first time is kept back: within a batch nothing else ends so.
 */
export class Answer {
  private held: Buffer = Buffer.alloc(0);

  constructor(
    private readonly endsBatch: boolean,
    private readonly send: (bytes: Buffer) => void,
  ) {}

  /** Copies the bytes: the engine uses its memory again. */
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
 * The engine's answer to a connection's first message, without the process that serves it (BackendKeyData):
 * that is what a client takes for a session of its own, where it may leave things such as prepared
 * statements. Nothing could be cancelled by it either.
 */
export class StartupAnswer {
  private readonly chunks: Uint8Array[] = [];

  constructor(private readonly send: (bytes: Buffer) => void) {}

  /** Copies the bytes: the engine uses its memory again. */
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

/** "No encryption here", in answer to an encryption request. */
export const encryptionRefused = Buffer.from('N');

/** An ErrorResponse after which the client closes the connection. */
export function fatalErrorResponse(sqlState: string, message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${sqlState}\0M${message}\0\0`);
  const header = Buffer.alloc(5);
  header.write('E');
  header.writeInt32BE(4 + fields.length, 1);
  return Buffer.concat([header, fields]);
}
