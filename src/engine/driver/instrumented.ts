import pg, { type Connection, type Submittable } from 'pg';

/**
 * Whether another package, such as `@opentelemetry/instrumentation-pg`, has wrapped the driver's `query()` to show
 * its statements. It may do so at any time.
 */
export function isInstrumented(): boolean {
  return (pg.Client.prototype.query as { __wrapped?: boolean }).__wrapped === true;
}

/** The methods that the driver's client calls on a query when an answer comes in. */
export const calledByClient = [
  'handleRowDescription',
  'handleDataRow',
  'handlePortalSuspended',
  'handleEmptyQuery',
  'handleCommandComplete',
  'handleCopyInResponse',
  'handleCopyData',
  'handleReadyForQuery',
  'handleError',
] as const;

const ofDriver = Symbol('a query of the driver');

type Instrumented = Submittable & {
  text?: string;
  callback?: unknown;
  [ofDriver]?: boolean;
} & Partial<Record<(typeof calledByClient)[number], (...parameters: any[]) => unknown>>;

/**
 * Lets a query be copied. To add a comment with the trace, instrumentation-pg sends a copy of a query that has the
 * properties of the query but not the methods of its class. A batch would lose its other statements, and with them
 * the actor. So the methods become properties, and the copy takes its text and its callback along.
 */
export function copyable<Query extends Submittable>(query: Query): Query {
  const original = query as Instrumented;
  for (const name of calledByClient) original[name] = original[name]?.bind(original);
  original[ofDriver] = query instanceof pg.Query;
  const submit: (connection: Connection) => unknown = original.submit.bind(original);
  original.submit = function (this: Instrumented, connection) {
    original.text = this.text;
    original.callback = this.callback;
    return submit(connection);
  };
  return query;
}

/** Whether a query is one of the driver's own, or a copy of one. */
export function isOfDriver(query: Submittable | null): boolean {
  return query instanceof pg.Query || (query as Instrumented | null)?.[ofDriver] === true;
}
