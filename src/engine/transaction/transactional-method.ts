import { Logger } from '@nestjs/common';
import { defer, isObservable, Observable } from 'rxjs';
import type { DatabaseDataSource } from '../connection/database.data-source.js';
import { TransactionalMethodError } from './errors.js';
import { runInTransaction, type TransactionOptions } from './run-in-transaction.js';
import { runOutsideTransaction } from './run-outside-transaction.js';
import { soleDatabase } from './running-databases.js';
import { currentDatabase, currentScope } from './transaction-context.js';
import { notifiedHere, transactionalObservable } from './transactional-observable.js';
import type { Method } from './wrap-method.js';

const log = new Logger('Transaction');

/** Runs `method` in a transaction, and at each subscription anew when it `returns` an Observable. */
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

/** Runs `method` outside the transaction around it, and also the Observable that it may return. */
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

/** How a call ended that was over at once. */
type Ended = { readonly value: unknown } | { readonly error: unknown };

/**
 * Calls what returns a promise, as a rule. What returns something else is fine in a transaction that is
 * there already, as a handler's is. One that begins here would end too early for it. Only a class may
 * have such methods, helpers mostly: what they leave under way is waited for before the commit.
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
  // Its caller is gone by then.
  done.catch((error: Error) => log.error(`what ${name}() left under way failed: ${error.message}`));
  return ended.value;
}

/** A method of a class throws as it would undecorated; one that is decorated itself rejects. */
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

/** Also of another copy of rxjs. */
function isObservableClass(type: unknown): boolean {
  const prototype: unknown = typeof type === 'function' ? type.prototype : undefined;
  return isObservable(prototype);
}
