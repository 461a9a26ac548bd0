import { AsyncResource } from 'node:async_hooks';
import { isObservable, Observable } from 'rxjs';

/**
 * What the handler of a message or a socket's event answered, for its transport, which subscribes to that later:
 * interceptors run then, and do so in the context of this call.
 */
export function subscribedHere(answer: unknown): unknown {
  const here = new AsyncResource('singr:message');
  const bound = (value: unknown) =>
    isObservable(value)
      ? new Observable((subscriber) => here.runInAsyncScope(() => value.subscribe(subscriber)))
      : value;
  return answer instanceof Promise ? answer.then(bound) : bound(answer);
}
