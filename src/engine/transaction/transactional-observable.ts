import { Observable, type Subscribable, type Subscriber } from 'rxjs';
import { notifiedHere } from '../common/notified-here.js';
import type { DatabaseDataSource } from './database.data-source.js';
import { currentScope } from './transaction-context.js';

/** Runs a function in a new or in the current transaction. */
type InTransaction = (work: () => Promise<unknown>) => Promise<unknown>;

const nothing = Symbol('nothing');

/**
 * An Observable that runs each subscription in a transaction: it calls `source` there, and subscribes to the
 * result.
 *
 * Values are passed on as they come, except for the last one, which waits for the commit. An error rolls
 * back, and so does unsubscribing before the end.
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
            ? // Rolls back at once. The work may go on, but its statements are refused.
              () => scope?.root.giveUp()
            : // Ends the work with an error: the savepoint or the code that began the transaction rolls back.
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
