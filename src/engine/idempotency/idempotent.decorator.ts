import { checkCount } from '../common/check-count.js';

const idempotentMetadata = Symbol('singr:idempotent');

export interface IdempotentOptions {
  /** Whether a request without a key is refused with 400. Default: false, it is handled without one. */
  required?: boolean;
  /**
   * How long an answer is kept, in milliseconds, up to 30 days. After that, the key is as good as new. Default:
   * 24 hours.
   */
  lifetime?: number;
  /** The largest answer, in bytes of its JSON, up to 10 MiB. Default: 256 KiB. */
  maxAnswerBytes?: number;
  /**
   * Tells clients apart that have the same actor or none, for example by the id of a device. Two clients with
   * different values never get each other's answers. Default: only the actor and the route count.
   */
  scope?: (request: any) => string | undefined;
}

/** The options with their defaults. */
export interface IdempotentSettings extends Required<Omit<IdempotentOptions, 'scope'>> {
  readonly scope: (request: any) => string | undefined;
}

/** The default lifetime of an answer: 24 hours, in milliseconds. */
export const answerLifetime = 24 * 60 * 60 * 1000;

const mostBytes = 10 * 1024 * 1024;

/** The default maximum of an answer: 256 KiB. */
export const maxAnswerBytes = 256 * 1024;

/**
 * Makes an HTTP handler safe to retry. The client sends a header `Idempotency-Key`, and the same key when it
 * retries. The answer is stored in the transaction of the first request, and a retry gets it without running the
 * handler: status, headers and body.
 *
 * A key belongs to the actor and the route. The same key with another URL or body is refused with 422, and a
 * retry while the first request still runs with 409. A request that fails stores nothing, so a retry runs the
 * handler again.
 *
 * The handler always has a transaction, whatever its HTTP method. It returns JSON: streams, files and handlers
 * that send the response themselves are refused with `IdempotentHandlerError` or `AnswerNotStorableError`.
 *
 * @throws InvalidCountError for a number that is not valid
 */
export function Idempotent(options: IdempotentOptions = {}): MethodDecorator {
  const settings: IdempotentSettings = {
    required: options.required ?? false,
    lifetime: checkLifetime(options.lifetime ?? answerLifetime),
    maxAnswerBytes: checkCount('maxAnswerBytes', options.maxAnswerBytes ?? maxAnswerBytes, {
      most: mostBytes,
    }),
    scope: options.scope ?? (() => undefined),
  };
  return (_target, _property, descriptor) => {
    Reflect.defineMetadata(idempotentMetadata, settings, descriptor.value as object);
  };
}

/** The options of `@Idempotent()` on a handler; undefined without the decorator. */
export function idempotentSettingsOf(handler: Function): IdempotentSettings | undefined {
  return Reflect.getMetadata(idempotentMetadata, handler) as IdempotentSettings | undefined;
}

/** @throws InvalidCountError unless it is a whole number of milliseconds, up to 30 days */
export function checkLifetime(lifetime: number): number {
  return checkCount('lifetime', lifetime, { most: 30 * answerLifetime });
}
