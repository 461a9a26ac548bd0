import { RequestLogger } from '../actor/request.logger.js';
import { defer, isObservable, Observable } from 'rxjs';
import type { DatabaseDataSource } from './database.data-source.js';
import { notifiedHere } from '../common/notified-here.js';
import { TransactionalMethodError } from './errors.js';
import { runInTransaction, type TransactionOptions } from './run-in-transaction.js';
import { runOutsideTransaction } from './run-outside-transaction.js';
import { soleDatabase } from './running-databases.js';
import { currentDatabase, currentScope } from './transaction-context.js';
import { transactionalObservable } from './transactional-observable.js';
import type { Method } from '../common/wrap-method.js';

const log = new RequestLogger('Transaction');

/**
 * Runs `method` in a transaction. If it `returns` an Observable, each subscription has its own transaction.
 */
export function transactional(
  method: Method,
  options: TransactionOptions,
  isOfClass: boolean,
  returns?: unknown,
): Method {
  if (isObservableClass(returns)) {
    return function (...args) {
      return defer(() => {
        const database = databaseOfCall();
        return transactionalObservable(
          database,
          (work) => runInTransaction(database, options, work),
          () => method.apply(this, args) as Observable<unknown>,
        );
      });
    };
  }
  return function (...args) {
    const call = () => method.apply(this, args);
    return callInTransaction(databaseOfCall(), options, call, method.name, isOfClass);
  };
}

/** Runs `method` outside the current transaction, and also the Observable that it may return. */
export function outsideTransaction(method: Method): Method {
  return function (...args) {
    const database = databaseOfCall();
    const result = runOutsideTransaction(database, () => method.apply(this, args));
    if (!isObservable(result)) return result;
    return new Observable((subscriber) =>
      runOutsideTransaction(database, () => result.subscribe(notifiedHere(subscriber))),
    );
  };
}

function databaseOfCall(): DatabaseDataSource {
  return currentDatabase() ?? soleDatabase();
}

/** The result of a call that ended synchronously. */
type Ended = { readonly value: unknown } | { readonly error: unknown };

/**
 * Calls a method in a transaction. The method usually returns a promise.
 *
 * Any other result is allowed in a transaction that is already open, such as that of a request. A transaction
 * that begins here would end before the work of the method. It is allowed only when the decorator is on the
 * class, because a class may have synchronous helpers; operations that they have started end before the
 * commit.
 */
function callInTransaction(
  database: DatabaseDataSource,
  options: TransactionOptions,
  call: () => unknown,
  name: string,
  isOfClass: boolean,
): unknown {
  const around = currentScope(database);
  const calls: Ended[] = [];
  const end = (ended: Ended) => void calls.push(ended);
  const done = runInTransaction(database, options, async () => {
    const result = callOnce(call, isOfClass, end);
    if (isPromiseLike(result)) return result;
    const beginsHere = currentScope(database) !== around;
    if (beginsHere && (!isOfClass || isObservable(result))) {
      const error = tooEarly(name, result);
      end({ error });
      throw error;
    }
    end({ value: result });
    return undefined;
  });
  const [ended] = calls;
  if (ended === undefined) return done;
  if ('error' in ended) {
    done.catch(() => undefined);
    throw ended.error;
  }
  // The caller has the value already, so a later failure can only be logged.
  done.catch((error: Error) => log.error(`what ${name}() left under way failed: ${error.message}`));
  return ended.value;
}

/**
 * Notes a synchronous error of a method whose class is decorated: it is thrown. Otherwise the promise
 * rejects.
 */
function callOnce(call: () => unknown, isOfClass: boolean, end: (ended: Ended) => void): unknown {
  try {
    return call();
  } catch (error) {
    if (isOfClass) end({ error });
    throw error;
  }
}

function tooEarly(name: string, result: unknown): TransactionalMethodError {
  return isObservable(result)
    ? new TransactionalMethodError(
        `${name}() returns an Observable, and is not declared to`,
        'Give it the return type Observable<…>, with Observable imported as a value and ' +
          'emitDecoratorMetadata on, and decorate the method itself.',
      )
    : new TransactionalMethodError(
        `${name}() returns neither a promise nor an Observable, so that its transaction would end before its work`,
        'Make it async and await its queries, or leave the decorator out.',
      );
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as Partial<PromiseLike<unknown>> | null | undefined)?.then === 'function';
}

/** Whether a type is the class Observable, also that of another copy of rxjs. */
function isObservableClass(type: unknown): boolean {
  const prototype: unknown = typeof type === 'function' ? type.prototype : undefined;
  return isObservable(prototype);
}
