import { bindContext, createContextStorage, outsideContext } from '../common/context-storage.js';
import { checkActor, type Actor } from './actor.js';
import { NoActorContextError } from './errors.js';

/** The origin of writes as the audit trail records it: the actor, the request and the route. */
export interface Attribution {
  readonly actor?: Actor;
  /** The id of the request, message or job. */
  readonly requestId?: string;
  /** The route of the request, such as `PATCH /venues/:id`. */
  readonly route?: string;
}

/** The attribution of the writes of some code. `ActorContext.set()` changes it for later writes. */
export interface Context {
  attribution: Attribution;
  /** The attribution after the occasion has ended; undefined unless code named an actor explicitly. */
  afterwards: Attribution | undefined;
  /** The request, message or event that the code belongs to. */
  readonly occasion: Ending | undefined;
}

/** A request, message or event that code belongs to until it ends. */
export interface Ending {
  readonly attribution: Attribution;
  readonly hasEnded: boolean;
}

const storage = createContextStorage<Context>();

/**
 * The actor of the running code. It follows every `await`.
 *
 * The module sets the actor of HTTP requests, messages and socket events. Jobs, commands and scripts set theirs
 * with `run()`.
 */
export const ActorContext = {
  /**
   * Runs `work` and attributes all its writes to `actor`. After that, writes have the outer actor again, also
   * when both are in the same transaction.
   *
   * @throws MalformedActorError before `work` starts
   */
  run<T>(actor: Actor, work: () => T): T {
    const checked = checkActor(actor);
    const context = {
      attribution: { ...currentAttribution(), actor: checked },
      afterwards: { actor: checked },
      occasion: storage.getStore()?.occasion,
    };
    return storage.run(context, work);
  },

  /**
   * Attributes every later write of the current request, message or `run()` to `actor`. For handlers that
   * authenticate: at sign-in, or by a token.
   *
   * @throws MalformedActorError when `actor` is not valid
   * @throws NoActorContextError outside every request, message and `run()`
   */
  set(actor: Actor): void {
    const checked = checkActor(actor);
    const context = storage.getStore();
    if (context === undefined || current(context) === undefined) throw new NoActorContextError();
    context.attribution = { ...context.attribution, actor: checked };
    if (context.afterwards !== undefined) context.afterwards = { actor: checked };
  },

  /** The actor that a write would be attributed to now. */
  current(): Actor | undefined {
    return currentAttribution()?.actor;
  },

  /**
   * Returns `fn` bound to the current actor, for functions that are passed to a queue, an event emitter or a
   * stream. While the current transaction is open, `fn` runs in it.
   */
  bind<F extends (...args: any[]) => unknown>(fn: F): F {
    const attribution = currentAttribution();
    if (attribution === undefined) return bindContext(fn);
    const context = {
      attribution,
      afterwards: attribution,
      occasion: storage.getStore()?.occasion,
    };
    return storage.run(context, () => bindContext(fn));
  },

  /**
   * Runs `work` outside the current request and transaction, and without an actor. For code that continues
   * after the request, such as a timer or a queue that serves all requests.
   */
  exit<T>(work: () => T): T {
    return outsideContext(work);
  },
};

/**
 * The handling of a request, message or event: it begins with the call of the handler, and ends when all work
 * of the handler has ended.
 */
export class Occasion implements Ending {
  private ended = false;
  private readonly context: Context;

  /** @param origin the request, message or event that is handled */
  constructor(
    attribution: Attribution,
    readonly origin: Ending,
  ) {
    this.context = { attribution, afterwards: undefined, occasion: this };
  }

  /** The attribution of the handler's writes; `ActorContext.set()` changes it. */
  get attribution(): Attribution {
    return this.context.attribution;
  }

  set attribution(attribution: Attribution) {
    this.context.attribution = attribution;
  }

  get hasEnded(): boolean {
    return this.ended;
  }

  /** Runs `work` as part of this occasion instead of the current one. */
  run<T>(work: () => T): T {
    return runInContext(this.context, work);
  }

  /**
   * Ends the occasion. Code that still runs in its context has no actor from now on, as it may work for
   * anybody.
   */
  end(): void {
    this.ended = true;
  }
}

/** Runs `work` in the given context. */
export function runInContext<T>(context: Context, work: () => T): T {
  return storage.run(context, work);
}

/** Runs `work` in the given context, and outside the current transaction. */
export function runInContextAlone<T>(context: Context, work: () => T): T {
  return storage.runAlone(context, work);
}

/**
 * The request, message or event that the running code belongs to. Guards run in its origin, the handler in
 * its occasion.
 */
export function currentOccasion(): Ending | undefined {
  return storage.getStore()?.occasion;
}

/** The attribution of writes by the running code. It stays the same object until it changes. */
export function currentAttribution(): Attribution | undefined {
  const context = storage.getStore();
  return context && current(context);
}

/** The occasion of the running code, when it has ended and the code has no actor any more. */
export function endedOccasion(): Ending | undefined {
  const context = storage.getStore();
  return context && current(context) === undefined ? context.occasion : undefined;
}

function current({ attribution, afterwards, occasion }: Context): Attribution | undefined {
  return occasion?.hasEnded ? afterwards : attribution;
}
