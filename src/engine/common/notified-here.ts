import { AsyncResource } from 'node:async_hooks';
import type { Observer } from 'rxjs';

/** Notifies `observer` in the async context of this call, and not in that of the code that emits. */
export function notifiedHere(observer: Observer<unknown>): Observer<unknown> {
  const here = new AsyncResource('singr:observer');
  return {
    next: (value) => here.runInAsyncScope(() => observer.next(value)),
    error: (error: unknown) => here.runInAsyncScope(() => observer.error(error)),
    complete: () => here.runInAsyncScope(() => observer.complete()),
  };
}
