import { bindContext, createContextStorage, outsideContext } from '../common/context-storage.js';
import { checkActor, type Actor } from './actor.js';
import { annotated, checkAnnotation, type Annotated, type Annotation } from './annotation.js';
import { NoActorContextError } from './errors.js';
import type { Tenants } from './tenants.js';

/** The origin of writes as the audit trail records it: the actor, the request, the route and the reason. */
export interface Attribution extends Annotated {
  readonly actor?: Actor;
  /** The id of the request, message or job. */
  readonly requestId?: string;
  /** The route of the request, such as `PATCH /venues/:id`. */
  readonly route?: string;
  /** The tenants whose rows may be read and written; undefined for none. */
  readonly tenants?: Tenants;
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
   * Runs `work` and attributes all its writes to `actor`, optionally with a reason and other details. After
   * that, writes have the outer actor again, also when both are in the same transaction.
   *
   * @throws MalformedActorError, InvalidAnnotationError before `work` starts
   */
  run: runAs,

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
    if (context === undefined || current(context) === undefined) {
      throw new NoActorContextError('ActorContext.set()');
    }
    const target = context instanceof AnnotatedContext ? context.outer : context;
    target.attribution = { ...target.attribution, actor: checked };
    if (target.afterwards !== undefined) {
      target.afterwards = { ...target.afterwards, actor: checked };
    }
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

function runAs<T>(actor: Actor, work: () => T): T;
function runAs<T>(actor: Actor, annotation: Annotation, work: () => T): T;
function runAs<T>(actor: Actor, ...rest: [() => T] | [Annotation, () => T]): T {
  const checked = checkActor(actor);
  const outer = currentAttribution();
  const attribution: Attribution = { ...outer, actor: checked };
  const afterwards: Attribution = { actor: checked, tenants: outer?.tenants };
  const occasion = storage.getStore()?.occasion;
  if (rest.length === 1) return storage.run({ attribution, afterwards, occasion }, rest[0]);
  const [annotation, work] = rest;
  const said = checkAnnotation(annotation);
  const context: Context = {
    attribution: annotated(attribution, said),
    afterwards: annotated(afterwards, said),
    occasion,
  };
  return storage.run(context, work);
}

/**
 * Says why the writes that follow are made, for the audit trail: `annotate({ reason: 'by phone', ticket: '4711' })`.
 * A later annotation replaces what it names, and keeps the rest.
 *
 * It applies to what follows in the calling function and in what that function calls, and not to code that
 * already runs beside it. An async function that calls it before its first `await` annotates its caller as
 * well: use `annotate(annotation, work)` there. In a guard, it applies to the whole request.
 *
 * @throws InvalidAnnotationError, InvalidTextError
 * @throws NoActorContextError outside every request, message and `ActorContext.run()`
 */
export function annotate(annotation: Annotation): void;
/**
 * Runs `work`, and says why its writes are made. The annotation ends with it.
 *
 * @throws InvalidAnnotationError, InvalidTextError before `work` starts
 */
export function annotate<T>(annotation: Annotation, work: () => T): T;
export function annotate<T>(annotation: Annotation, work?: () => T): T | void {
  const said = checkAnnotation(annotation);
  const context = storage.getStore();
  if (work !== undefined) {
    const outer = context ?? { attribution: {}, afterwards: {}, occasion: undefined };
    return storage.run(annotatedContext(outer, said), work);
  }
  if (context === undefined || current(context) === undefined) {
    throw new NoActorContextError('annotate()');
  }
  // Guards run in the context of the request itself.
  if (context.occasion === (context as object))
    context.attribution = annotated(context.attribution, said);
  else storage.enter(annotatedContext(context, said));
}

/** A context with an annotation. It has the actor of the outer one, also when that changes. */
class AnnotatedContext implements Context {
  private readonly merged = new WeakMap<Attribution, Attribution>();

  constructor(
    readonly outer: Context,
    readonly annotation: Annotation,
  ) {}

  get attribution(): Attribution {
    return this.annotated(this.outer.attribution);
  }

  get afterwards(): Attribution | undefined {
    const { afterwards } = this.outer;
    return afterwards && this.annotated(afterwards);
  }

  get occasion(): Ending | undefined {
    return this.outer.occasion;
  }

  /** Returns the same object each time, because another one would be sent to PostgreSQL again. */
  private annotated(attribution: Attribution): Attribution {
    let found = this.merged.get(attribution);
    if (found === undefined) {
      found = annotated(attribution, this.annotation);
      this.merged.set(attribution, found);
    }
    return found;
  }
}

/** Annotates a context once, so that annotations in a loop do not become a long chain. */
function annotatedContext(context: Context, annotation: Annotation): AnnotatedContext {
  return context instanceof AnnotatedContext
    ? new AnnotatedContext(context.outer, { ...context.annotation, ...annotation })
    : new AnnotatedContext(context, annotation);
}

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

/** Runs `work` with other tenants, and with the rest of the attribution as it is. */
export function runForTenants<T>(tenants: Tenants, work: () => T): T {
  const outer = storage.getStore();
  const afterwards = outer === undefined ? {} : outer.afterwards;
  const context: Context = {
    attribution: { ...currentAttribution(), tenants },
    afterwards: afterwards && { ...afterwards, tenants },
    occasion: outer?.occasion,
  };
  return storage.run(context, work);
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
