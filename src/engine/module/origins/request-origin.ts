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

/** How long exception filters and the like may go on after the answer, in milliseconds. */
const patience = 1000;

/** What an origin was opened for. */
const known = new WeakSet<object>();

/** The origins of HTTP requests, by Node's requests. */
const ofHttp = new WeakMap<object, RequestOrigin>();

/** Node's response to an HTTP request, or that of Fastify, which keeps Node's in `raw`. */
interface Response {
  readonly closed?: boolean;
  readonly raw?: Response;
}

/**
 * The context of a request, message or event around its handler: of guards, outer interceptors,
 * exception filters and resolvers of GraphQL's fields. Until a handler's actor is resolved it is
 * nobody's.
 */
export class RequestOrigin implements Context, Ending {
  /** `ActorContext.set()` in here is about this request, and not about what follows it. */
  readonly afterwards = undefined;
  private before: Attribution | undefined;
  private handler: Occasion | undefined;
  /** When its first handler ended, by `performance.now()`. */
  private answeredAt: number | undefined;

  /** Whether it is part of what is around, as a handler is that an application calls through Nest by itself. */
  private isInner = false;

  /** An HTTP request, as it knows its route. */
  private request: HttpRequest | undefined;

  /**
   * @param sources the objects by which it is known
   * @param response what it lasts as long as, besides its handler
   */
  constructor(
    private readonly sources: readonly object[],
    private readonly response?: Response,
  ) {
    for (const source of sources) known.add(source);
  }

  /** The one of an HTTP request, whichever function handles it. */
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

  /** The one that the code handling `source` belongs to, or else a new one. */
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

  private static current(): RequestOrigin | undefined {
    const occasion = currentOccasion();
    const origin = occasion instanceof Occasion ? occasion.origin : occasion;
    return origin instanceof RequestOrigin ? origin : undefined;
  }

  /**
   * Runs `work`, which handles the request, in its context. Work that comes from the context of another one (its
   * middleware was called back there, or a queue went on there) leaves that, and the transaction there.
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

  /** What was known before a handler ran: its id, its route once there is one, and an actor that a guard named. */
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

  /** Takes over the attribution of a handler. Of several (GraphQL has them) the first counts. */
  handledOn(occasion: Occasion): void {
    this.handler ??= occasion;
  }

  /** What a handler answers, with its interceptors and filters notified in here. */
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
