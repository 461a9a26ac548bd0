import { Observable } from 'rxjs';
import {
  currentContext,
  runInContext,
  type Attribution,
  type Context,
  type Ending,
  type Occasion,
} from './actor-context.js';

/** How long exception filters and the like may go on after the answer, in milliseconds. */
const patience = 1000;

/** What came in, and so is known by an origin of its own. */
const known = new WeakSet<object>();

/** Node's response to an HTTP request, as far as it is read here. */
export interface Response {
  readonly closed: boolean;
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
  private isLost = false;

  /**
   * @param sources the objects by which the request is known
   * @param describe what is known of it before its actor is
   * @param response what it lasts as long as, besides its handler
   */
  constructor(
    private readonly sources: readonly object[],
    private readonly describe: () => Attribution,
    private readonly response?: Response,
  ) {}

  /** Runs `work`, which handles the request. */
  run<T>(work: () => T): T {
    for (const source of this.sources) known.add(source);
    return runInContext(this, work);
  }

  /**
   * The one that the code handling `source` runs in, or else a new one. One that belongs to another
   * request ends: code that handles this one goes on in it, and would write as the other's actor.
   */
  static around(source: object): RequestOrigin {
    const current = currentContext();
    if (current instanceof RequestOrigin) {
      if (current.sources.includes(source)) return current;
      if (known.has(source)) current.isLost = true;
    }
    return new RequestOrigin([source], () => ({}));
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

  /** What was known before a handler ran: its id, and an actor that a guard named. */
  get beforeHandler(): Attribution {
    return (this.before ??= this.describe());
  }

  get hasEnded(): boolean {
    if (this.isLost) return true;
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
