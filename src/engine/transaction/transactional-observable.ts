import { AsyncResource } from 'node:async_hooks';
import { Observable, type Observer, type Subscribable, type Subscriber } from 'rxjs';
import type { DatabaseDataSource } from '../connection/database.data-source.js';
import { currentScope } from './transaction-context.js';

/** Runs a piece of work in a transaction, or joins it to the one around. */
type InTransaction = (work: () => Promise<unknown>) => Promise<unknown>;

const nothing = Symbol('nothing');

/**
 * An Observable whose every subscription is a transaction: `source` is called in it, and what that
 * returns is subscribed to.
 *
 * Values are passed on as they come, except the last, which has to wait for the commit. An error rolls
 * back, and so does whoever unsubscribes before the end.
 */
export function transactionalObservable(
  database: DatabaseDataSource,
  inTransaction: InTransaction,
  source: () => Subscribable<unknown>,
): Observable<unknown> {
  return new Observable((subscriber) => {
    const around = currentScope(database);
    let giveUp: (() => void) | undefined;
    const end = (notify: () => void) => {
      giveUp = undefined;
      notify();
    };
    inTransaction(
      () =>
        new Promise((resolve, reject) => {
          const scope = currentScope(database);
          const beginsHere = scope !== around && scope?.outer === undefined;
          giveUp = beginsHere
            ? // At once, and not at the end of the work, which goes on and is refused.
              () => scope?.root.giveUp()
            : // A savepoint ends with its work, and a transaction that was joined with whoever began it.
              () => reject(new Error('nobody waits for it any more'));
          forwardAllButLast(source(), subscriber, resolve, reject);
        }),
    ).then(
      (last) =>
        end(() => {
          if (last !== nothing) subscriber.next(last);
          subscriber.complete();
        }),
      (error: unknown) => end(() => subscriber.error(error)),
    );
    return () => giveUp?.();
  });
}

/** Notifies `observer` where this is called, and not where a subject happens to emit. */
export function notifiedHere(observer: Observer<unknown>): Observer<unknown> {
  const here = new AsyncResource('singr:observer');
  return {
    next: (value) => here.runInAsyncScope(() => observer.next(value)),
    error: (error: unknown) => here.runInAsyncScope(() => observer.error(error)),
    complete: () => here.runInAsyncScope(() => observer.complete()),
  };
}

function forwardAllButLast(
  source: Subscribable<unknown>,
  subscriber: Subscriber<unknown>,
  resolve: (last: unknown) => void,
  reject: (error: unknown) => void,
): void {
  let last: unknown = nothing;
  const subscription = source.subscribe(
    notifiedHere({
      next: (value) => {
        if (last !== nothing) subscriber.next(last);
        last = value;
      },
      error: reject,
      complete: () => resolve(last),
    }),
  );
  subscriber.add(subscription);
}
