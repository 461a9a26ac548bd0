import { bindContext, createContextStorage, outsideContext } from '../common/context-storage.js';
import { checkActor, type Actor } from './actor.js';
import { NoActorContextError } from './errors.js';

/** Who writes, and on what occasion: what the audit trail says of a change besides the change. */
export interface Attribution {
  readonly actor?: Actor;
  /** The id of the request, message or job. */
  readonly requestId?: string;
  /** Where it came in, such as `PATCH /venues/:id`. */
  readonly route?: string;
}

/** Who writes in some code. `ActorContext.set()` changes it for the writes that are still to come. */
export interface Context {
  attribution: Attribution;
  /** The same once the occasion has ended; undefined where nobody said so on purpose. */
  afterwards: Attribution | undefined;
  /** The request, message or event that the code belongs to. */
  readonly occasion: Ending | undefined;
}

/** What code in its context belongs to until it ends. */
export interface Ending {
  readonly attribution: Attribution;
  readonly hasEnded: boolean;
}

const storage = createContextStorage<Context>();

/**
 * The actor of the code that is running, carried along every `await`.
 *
 * HTTP requests, messages and socket events have theirs from the module; jobs, commands and scripts
 * say who they are with `run`.
 */
export const ActorContext = {
  /**
   * Runs `work` with every write in it attributed to `actor`. When it ends the outer actor writes again,
   * also inside one and the same transaction.
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
   * Attributes every later write of the request, message or `run()` around to `actor`, for handlers that
   * find out who somebody is: at sign-in, or by a token.
   *
   * @throws MalformedActorError when it is no actor
   * @throws NoActorContextError outside every request, message and `run()`
   */
  set(actor: Actor): void {
    const checked = checkActor(actor);
    const context = storage.getStore();
    if (context === undefined || current(context) === undefined) throw new NoActorContextError();
    context.attribution = { ...context.attribution, actor: checked };
    if (context.afterwards !== undefined) context.afterwards = { actor: checked };
  },

  /** The actor that a write made here and now is attributed to. */
  current(): Actor | undefined {
    return currentAttribution()?.actor;
  },

  /**
   * `fn`, which runs with the actor of this call, whoever calls it and whenever: for functions that are given
   * to a queue, an event emitter or a stream. It runs in the transaction of this call while that is open.
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
   * Runs `work` outside the request and the transaction around, without an actor: for what goes on after the
   * request, such as a timer or a queue that serves every request.
   */
  exit<T>(work: () => T): T {
    return outsideContext(work);
  },
};

/** A request, message or event: from when its handler is called until all of its own work has ended. */
export class Occasion implements Ending {
  private ended = false;
  private readonly context: Context;

  /** @param origin what came in, of which this is the handling */
  constructor(
    attribution: Attribution,
    readonly origin: Ending,
  ) {
    this.context = { attribution, afterwards: undefined, occasion: this };
  }

  /** Who writes in its handler, also after `ActorContext.set()`. */
  get attribution(): Attribution {
    return this.context.attribution;
  }

  set attribution(attribution: Attribution) {
    this.context.attribution = attribution;
  }

  get hasEnded(): boolean {
    return this.ended;
  }

  /** Runs `work` on this occasion, in place of the one around it. */
  run<T>(work: () => T): T {
    return runInContext(this.context, work);
  }

  /** From now on code in its context writes as nobody: whose work it does cannot be known. */
  end(): void {
    this.ended = true;
  }
}

/** Runs `work` in a context that somebody else keeps. */
export function runInContext<T>(context: Context, work: () => T): T {
  return storage.run(context, work);
}

/** The same, outside of the context around and of the transaction there. */
export function runInContextAlone<T>(context: Context, work: () => T): T {
  return storage.runAlone(context, work);
}

/** The request, message or event whose context the running code is in: its origin, or its handler's occasion. */
export function currentOccasion(): Ending | undefined {
  return storage.getStore()?.occasion;
}

/** What writes of the code that is running are attributed to. The same attribution is the same object. */
export function currentAttribution(): Attribution | undefined {
  const context = storage.getStore();
  return context && current(context);
}

/** The occasion in whose context code goes on that belongs to nobody any more. */
export function endedOccasion(): Ending | undefined {
  const context = storage.getStore();
  return context && current(context) === undefined ? context.occasion : undefined;
}

function current({ attribution, afterwards, occasion }: Context): Attribution | undefined {
  return occasion?.hasEnded ? afterwards : attribution;
}
