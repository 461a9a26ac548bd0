import { InvalidConfigurationError } from './errors.js';

/** What happens when more requests come than the pool can serve. */
export interface OverloadOptions {
  /**
   * How long the first in the queue may wait for a connection before new requests are turned away, in
   * milliseconds; 0 for never. Default: 1000. `OverloadGuard` turns requests away.
   */
  after?: number;
  /** What `Retry-After` tells the client, in milliseconds, rounded up to whole seconds. Default: 2000. */
  retryAfter?: number;
  /**
   * Returns whose request it is, such as the id of a customer or of an API key. The connections of one key
   * are limited to `share`. Undefined or null for no limit. Called for each connection that code of a request
   * takes, with the HTTP request, the WebSocket client or the context of the message. Default: none.
   */
  key?: (source: any) => string | number | bigint | undefined | null;
  /** The part of the pool that one key may use, above 0 and up to 1; at least one connection. Default: 0.5. */
  share?: number;
}

/** The options of overload, complete and checked. Times are in milliseconds. */
export interface OverloadConfig {
  readonly after: number;
  readonly retryAfter: number;
  readonly key: OverloadOptions['key'];
  /** The number of connections that one key may use. */
  readonly connectionsOfKey: number;
}

/** @throws InvalidConfigurationError */
export function resolveOverload(options: OverloadOptions = {}, poolSize: number): OverloadConfig {
  const { after = 1000, retryAfter = 2000, key, share = 0.5 } = options;
  const problems: string[] = [];
  for (const [name, value] of Object.entries({ after, retryAfter })) {
    if (!Number.isInteger(value) || value < 0) {
      problems.push(`the option "overload.${name}" takes a whole number of at least 0.`);
    }
  }
  if (key !== undefined && typeof key !== 'function') {
    problems.push('the option "overload.key" takes a function of the request.');
  }
  if (typeof share !== 'number' || !(share > 0 && share <= 1)) {
    problems.push('the option "overload.share" takes a number above 0 and up to 1.');
  }
  if (options.share !== undefined && key === undefined) {
    problems.push(
      'the option "overload.share" is for each key of callers: set "overload.key" too.',
    );
  }
  if (problems.length > 0) throw new InvalidConfigurationError(problems);
  return {
    after,
    retryAfter,
    key,
    connectionsOfKey: Math.max(1, Math.floor(poolSize * share)),
  };
}
