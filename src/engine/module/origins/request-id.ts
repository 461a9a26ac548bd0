import { randomUUID } from 'node:crypto';
import { activeTraceId } from '../../telemetry/active-trace.js';
import { nodeRequest } from './node-request.js';

/**
 * The properties of a request that determine its id. HTTP requests of Express, Fastify and Node.js have them.
 */
export interface IdentifiedRequest {
  /** The id that a logger set. */
  readonly id?: unknown;
  readonly headers?: Record<string, string | string[] | undefined>;
  /** Node's request, in requests of Fastify. */
  readonly raw?: object;
}

/** `traceparent`: the id of the trace, so that a trace leads to its changes, and a change to its trace. */
export type RequestIdSource = 'traceparent';

const decided = new WeakMap<object, string>();

/**
 * The id of a request: its `X-Request-Id`, else the `id` that a logger set, else a new UUID. A counter such
 * as `1` or `req-1` is not used, because each process starts it again. The id has no NUL character and up to
 * 200 characters.
 *
 * With `traceparent`, the id of the trace comes first: that of the active span of OpenTelemetry, else that of the
 * header `traceparent`. A logger that is called before the module has to ask for it as well.
 *
 * Every call returns the same id for a request, and the audit trail records it. A logger that uses it has the
 * same ids as the audit trail.
 */
export function requestIdOf(request: IdentifiedRequest, source?: RequestIdSource): string {
  // An object without headers may be a connection, which has many messages.
  if (request.headers === undefined) return idOf(request, source);
  const key = nodeRequest(request);
  const id = decided.get(key) ?? idOf(request, source);
  decided.set(key, id);
  return id;
}

function idOf({ id, headers }: IdentifiedRequest, source: RequestIdSource | undefined): string {
  const trace = source === 'traceparent' ? (activeTraceId() ?? traceIn(headers)) : undefined;
  if (trace !== undefined) return trace;
  const header = headers?.['x-request-id'];
  for (const given of [Array.isArray(header) ? header[0] : header, isCount(id) ? undefined : id]) {
    const isGiven = given !== undefined && given !== null && typeof given !== 'object';
    const text = isGiven ? bounded(String(given)) : '';
    if (text.trim() !== '') return text;
  }
  return randomUUID();
}

/** The id of the trace in a header `traceparent` (W3C Trace Context), unless it is all zeros. */
function traceIn(headers: IdentifiedRequest['headers']): string | undefined {
  const header = headers?.traceparent;
  const text = Array.isArray(header) ? header[0] : header;
  return /^[\da-f]{2}-(?!0{32})([\da-f]{32})-[\da-f]{16}-[\da-f]{2}/.exec(text ?? '')?.[1];
}

/**
 * Whether an id is a counter of one process, such as the numbers of pino-http and Fastify's `req-1`. After
 * each start, other requests get the same ids.
 */
function isCount(id: unknown): boolean {
  return typeof id === 'number' || (typeof id === 'string' && /^req-[0-9a-z]{1,6}$/.test(id));
}

/**
 * Limits a text that a client controls: removes NUL, which PostgreSQL refuses, and cuts it to 200 characters.
 */
export function bounded(text: string): string {
  return text.replaceAll('\0', '').slice(0, 200);
}
