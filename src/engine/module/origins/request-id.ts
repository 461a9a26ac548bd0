import { randomUUID } from 'node:crypto';
import { nodeRequest } from './node-request.js';

/** What decides a request's id: an HTTP request of Express, Fastify or Node.js, or what else came in. */
export interface IdentifiedRequest {
  /** The id that a logger gave. */
  readonly id?: unknown;
  readonly headers?: Record<string, string | string[] | undefined>;
  /** Fastify's requests have Node's here. */
  readonly raw?: object;
}

const decided = new WeakMap<object, string>();

/**
 * The id of a request: its `X-Request-Id`, or else the `id` that a logger gave it, or else a new one. A mere count
 * such as `1` or `req-1` is no id: each process begins it again. Without NUL, and of up to 200 characters. It is the
 * same however often it is asked for, and the one that the audit
 * trail has: a logger that takes it, and answers with it, agrees with the trail.
 */
export function requestIdOf(request: IdentifiedRequest): string {
  // What has no headers may be a connection, on which much comes in.
  if (request.headers === undefined) return idOf(request);
  const key = nodeRequest(request);
  const id = decided.get(key) ?? idOf(request);
  decided.set(key, id);
  return id;
}

function idOf({ id, headers }: IdentifiedRequest): string {
  const header = headers?.['x-request-id'];
  for (const given of [Array.isArray(header) ? header[0] : header, isCount(id) ? undefined : id]) {
    const isGiven = given !== undefined && given !== null && typeof given !== 'object';
    const text = isGiven ? bounded(String(given)) : '';
    if (text.trim() !== '') return text;
  }
  return randomUUID();
}

/**
 * Whether it only counts the requests of one process, as pino-http's numbers do and Fastify's `req-1`: several
 * requests have that id, one after each start.
 */
function isCount(id: unknown): boolean {
  return typeof id === 'number' || (typeof id === 'string' && /^req-[0-9a-z]{1,6}$/.test(id));
}

/** A client chooses these texts: bounded, and without the one character that PostgreSQL refuses. */
export function bounded(text: string): string {
  return text.replaceAll('\0', '').slice(0, 200);
}
