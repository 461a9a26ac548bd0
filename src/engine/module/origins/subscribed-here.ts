import { AsyncResource } from 'node:async_hooks';
import { isObservable, Observable } from 'rxjs';

/**
 * Wraps the answer of the handler of a message or socket event, so that it is subscribed to in the context of
 * this call. The transport subscribes later, and interceptors run only then.
 */
export function subscribedHere(answer: unknown): unknown {
  const here = new AsyncResource('singr:message');
  const bound = (value: unknown) =>
    isObservable(value)
      ? new Observable((subscriber) => here.runInAsyncScope(() => value.subscribe(subscriber)))
      : value;
  return answer instanceof Promise ? answer.then(bound) : bound(answer);
}
