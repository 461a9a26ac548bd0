import { isObservable, Observable } from 'rxjs';
import { notifiedHere } from '../common/notified-here.js';
import { wrapMethod, type Method } from '../common/wrap-method.js';
import { annotate } from './actor-context.js';
import { checkAnnotation } from './annotation.js';

/**
 * Gives a reason to all writes of a handler, or of a method of a provider: `@Reason('the evening is closed')`.
 * It applies until the method's promise or Observable ends. `annotate()` in the method replaces it.
 *
 * @throws InvalidAnnotationError for an empty reason, or one of more than 500 characters
 */
export function Reason(reason: string): MethodDecorator {
  checkAnnotation({ reason });
  return (_target, _property, descriptor: PropertyDescriptor) => {
    descriptor.value = wrapMethod(descriptor.value as Method, (method) =>
      withReason(reason, method),
    );
  };
}

function withReason(reason: string, method: Method): Method {
  return function (...args) {
    const result = annotate({ reason }, () => method.apply(this, args));
    if (!isObservable(result)) return result;
    return new Observable((subscriber) =>
      annotate({ reason }, () => result.subscribe(notifiedHere(subscriber))),
    );
  };
}
