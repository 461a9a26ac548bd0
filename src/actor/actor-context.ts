import { AsyncLocalStorage } from 'node:async_hooks';
import { checkActor, type Actor } from './actor.js';

/** Who writes, and on what occasion: what the audit trail says of a change besides the change. */
export interface Attribution {
  readonly actor?: Actor;
  /** The id of the request, message or job. */
  readonly requestId?: string;
  /** Where it came in, such as `PATCH /venues/:id`. */
  readonly route?: string;
}

/** What code that runs in it is attributed to. Another attribution of the same code is another object. */
export interface AttributionHolder {
  attribution: Attribution | undefined;
}

const storage = new AsyncLocalStorage<AttributionHolder>();

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
    const attribution = { ...currentAttribution(), actor: checkActor(actor) };
    return storage.run({ attribution }, work);
  },

  /** The actor that a write made here and now is attributed to. */
  current(): Actor | undefined {
    return currentAttribution()?.actor;
  },
};

/** Runs `work` with the attribution in `holder`, in place of the one around it. */
export function runHolding<T>(holder: AttributionHolder, work: () => T): T {
  return storage.run(holder, work);
}

/** Where the attribution of the code that is running comes from. */
export function currentHolder(): AttributionHolder | undefined {
  return storage.getStore();
}

/** The occasion of the code that is running. The same occasion is always the same object. */
export function currentAttribution(): Attribution | undefined {
  return storage.getStore()?.attribution;
}
