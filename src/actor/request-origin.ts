import {
  currentHolder,
  runHolding,
  type Attribution,
  type AttributionHolder,
} from './actor-context.js';

/** The objects by which requests are known, as they came in. */
const known = new WeakSet<object>();

/**
 * The attribution of a request around its handler: what guards, outer interceptors, exception filters
 * and resolvers of GraphQL's fields write. Until the handler's actor is resolved it is nobody's.
 */
export class RequestOrigin implements AttributionHolder {
  private before: Attribution | undefined;
  private handler: AttributionHolder | undefined;
  private isMixedUp = false;

  private constructor(
    private readonly sources: readonly unknown[],
    private readonly describe: () => Attribution,
  ) {}

  /**
   * Runs `work`, which handles what came in with `sources`.
   *
   * @param describe what is known of it before its actor is
   */
  static run<T>(sources: readonly object[], describe: () => Attribution, work: () => T): T {
    for (const source of sources) known.add(source);
    return runHolding(new RequestOrigin(sources, describe), work);
  }

  /**
   * The one that the code handling `source` runs in; undefined when there is none. One that belongs to
   * another request has lost its context to this one, and from now on speaks for nobody: what it says
   * might be said of either.
   */
  static around(source: object): RequestOrigin | undefined {
    const current = currentHolder();
    if (!(current instanceof RequestOrigin)) return undefined;
    if (current.sources.includes(source)) return current;
    if (known.has(source)) current.isMixedUp = true;
    return undefined;
  }

  get attribution(): Attribution | undefined {
    if (this.isMixedUp) return undefined;
    return this.handler === undefined ? this.beforeHandler : this.handler.attribution;
  }

  set attribution(attribution: Attribution | undefined) {
    if (this.handler === undefined) this.before = attribution;
    else this.handler.attribution = attribution;
  }

  /** What was known before a handler ran: its id, and an actor that a guard named. */
  get beforeHandler(): Attribution {
    return (this.before ??= this.describe());
  }

  /** Takes over the attribution of a handler. Of several (GraphQL has them) the first counts. */
  handledWith(handler: AttributionHolder): void {
    this.handler ??= handler;
  }
}
