import { Observable } from 'rxjs';
import {
  currentOccasion,
  Occasion,
  runInContext,
  runInContextAlone,
  type Attribution,
  type Context,
  type Ending,
} from '../../actor/actor-context.js';
import { unresolvedAttribution } from './execution-origin.js';
import { nodeRequest, type HttpRequest } from './node-request.js';

/** How long code such as exception filters may run after the answer, in milliseconds. */
const patience = 1000;

/** The objects that have an origin. */
const known = new WeakSet<object>();

/** The origins of HTTP requests, by Node's requests. */
const ofHttp = new WeakMap<object, RequestOrigin>();

/** The response of Node.js or Fastify. Fastify has Node's response in `raw`. */
interface Response {
  readonly closed?: boolean;
  readonly raw?: Response;
}

/**
 * The context of a request, message or event outside its handler: of guards, outer interceptors, exception
 * filters and resolvers of GraphQL fields. It has no actor until the actor of the handler is resolved.
 */
export class RequestOrigin implements Context, Ending {
  /** `ActorContext.set()` applies to this request only, and not to code that runs after its end. */
  readonly afterwards = undefined;
  private before: Attribution | undefined;
  private handler: Occasion | undefined;
  /** The time at which the first handler ended, by `performance.now()`. */
  private answeredAt: number | undefined;

  /**
   * Whether it is nested in the current context. This is so for a handler that the application itself calls
   * through Nest.
   */
  private isInner = false;

  /** The HTTP request, which has the route. */
  private request: HttpRequest | undefined;

  /**
   * @param sources the objects that identify it
   * @param response the response; the origin ends after it is closed
   */
  constructor(
    private readonly sources: readonly object[],
    private readonly response?: Response,
  ) {
    for (const source of sources) known.add(source);
  }

  /** The origin of an HTTP request. It is the same for all functions that handle the request. */
  static ofHttp(request: HttpRequest, response: unknown): RequestOrigin {
    const node = nodeRequest(request);
    let origin = ofHttp.get(node);
    if (origin === undefined) {
      const { raw = response } = (response ?? {}) as Response;
      origin = new RequestOrigin([node], raw as Response | undefined);
      ofHttp.set(node, origin);
    }
    if (origin.request === undefined || request !== node) origin.request = request;
    return origin;
  }

  /** The origin of the code that handles `source`, else a new one. */
  static around(source: object): RequestOrigin {
    const current = RequestOrigin.current();
    if (current?.sources.includes(source)) return current;
    const opened = ofHttp.get(nodeRequest(source));
    if (opened !== undefined) return opened;
    const isInner = !known.has(source);
    const origin = new RequestOrigin([source]);
    origin.isInner = isInner;
    return origin;
  }

  /** The HTTP request, the WebSocket client or the context of the message that the running code belongs to. */
  static currentSource(): object | undefined {
    const origin = RequestOrigin.current();
    return origin?.request ?? origin?.sources.at(-1);
  }

  private static current(): RequestOrigin | undefined {
    const occasion = currentOccasion();
    const origin = occasion instanceof Occasion ? occasion.origin : occasion;
    return origin instanceof RequestOrigin ? origin : undefined;
  }

  /**
   * Runs `work`, which handles the request, in this context. If it was called in the context of another
   * request, such as by a callback or a queue, it leaves that context and its transaction.
   */
  enter<T>(work: () => T): T {
    if (RequestOrigin.current() === this) return work();
    return this.isInner ? runInContext(this, work) : runInContextAlone(this, work);
  }

  get occasion(): Ending {
    return this;
  }

  get attribution(): Attribution {
    return this.handler?.attribution ?? this.beforeHandler;
  }

  set attribution(attribution: Attribution) {
    if (this.handler === undefined) this.before = attribution;
    else this.handler.attribution = attribution;
  }

  /**
   * The attribution before the handler: the request id, the route once it is known, and an actor that a guard
   * set.
   */
  get beforeHandler(): Attribution {
    const { before } = this;
    if (before?.route !== undefined) return before;
    const described = this.request === undefined ? {} : unresolvedAttribution(this.request);
    if (before !== undefined && described.route === undefined) return before;
    return (this.before = { ...described, ...before, route: described.route });
  }

  get hasEnded(): boolean {
    if (this.answeredAt === undefined || this.response?.closed === false) return false;
    return performance.now() - this.answeredAt > patience;
  }

  /**
   * Uses the attribution of the handler from now on. With several handlers, as in GraphQL, it is the first
   * one's.
   */
  handledOn(occasion: Occasion): void {
    this.handler ??= occasion;
  }

  /** Wraps the answer of a handler, so that outer interceptors and filters are notified in this context. */
  hearing(answer: Observable<unknown>): Observable<unknown> {
    return new Observable((subscriber) => {
      const subscription = answer.subscribe({
        next: (value) => runInContext(this, () => subscriber.next(value)),
        error: (error: unknown) => runInContext(this, () => subscriber.error(error)),
        complete: () => runInContext(this, () => subscriber.complete()),
      });
      return () => {
        subscription.unsubscribe();
        this.answeredAt ??= performance.now();
      };
    });
  }
}
