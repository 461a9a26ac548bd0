import { currentAttribution } from './actor-context.js';
import { kindOfActor, type ActorKind } from './kind-of-actor.js';

/** What a line of a log says about the running code. It has no value that tells who acts. */
export interface LogContext {
  /** The id of the request, as the audit trail has it. */
  readonly requestId?: string;
  /** The route, such as `PATCH /venues/:id`. */
  readonly route?: string;
  /** What kind of actor writes have now. */
  readonly actor?: ActorKind;
}

/**
 * The request that the running code belongs to, for a logger that writes objects: pino's `mixin`, for example.
 * Outside every request and `ActorContext.run()` it is empty.
 */
export function logContext(): LogContext {
  const attribution = currentAttribution();
  if (attribution === undefined) return {};
  const { requestId, route } = attribution;
  return {
    ...(requestId !== undefined && { requestId: oneLine(requestId) }),
    ...(route !== undefined && { route: oneLine(route) }),
    actor: kindOfActor(attribution),
  };
}

/** A client may choose the id of its request, and must not write lines of the log with it. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ');
}
