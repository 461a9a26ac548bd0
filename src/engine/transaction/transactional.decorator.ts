import { CONTROLLER_WATERMARK } from '@nestjs/common/constants.js';
import type { Subscribable } from 'rxjs';
import { expectSecondConnections } from '../connection/connection-gate.js';
import { decorateClass } from './decorate-class.js';
import { TransactionalMethodError } from './errors.js';
import { outsideTransaction, transactional } from './transactional-method.js';
import type { TransactionOptions } from './run-in-transaction.js';
import { wrapMethod, type Method } from '../common/wrap-method.js';

const transactionMetadata = Symbol('singr:transaction');

/** How the decorator of a handler or controller configures the transaction of its requests. */
export type TransactionMetadata = TransactionOptions | 'none';

/** Decorates a class, or a method that returns a promise or an Observable. */
export interface TransactionalDecorator {
  (target: Function): void;
  <Method extends (...args: any[]) => PromiseLike<unknown> | Subscribable<unknown>>(
    target: object,
    property: string | symbol,
    descriptor: TypedPropertyDescriptor<Method>,
  ): void;
}

/** Decorates a class, or any method. */
export interface NoTransactionDecorator {
  (target: Function): void;
  <Method extends (...args: any[]) => unknown>(
    target: object,
    property: string | symbol,
    descriptor: TypedPropertyDescriptor<Method>,
  ): void;
}

/**
 * Runs a method in a transaction, which commits when the method's promise resolves and rolls back when it
 * rejects. If the method is declared to return an Observable, it runs at each subscription: the transaction
 * commits before the last value is passed on, and rolls back on an error or when the subscriber unsubscribes
 * early.
 *
 * On the class of a provider, it applies to each method, including inherited ones, unless the method has a
 * decorator of its own. It does not apply to constructors, accessors, static methods and Nest's lifecycle
 * hooks. On a controller or one of its handlers, the request has a transaction, whatever its HTTP method.
 *
 * @throws TransactionalMethodError when it decorates an accessor or a property, or a class with `NESTED`. The
 * call of a method throws it when the method returns neither a promise nor a declared Observable
 */
export function Transactional(options: TransactionOptions = {}): TransactionalDecorator {
  if (options.propagation === 'REQUIRES_NEW') expectSecondConnections();
  return decorate(options, (method, isOfClass, returns) => {
    if (isOfClass && options.propagation === 'NESTED') {
      throw new TransactionalMethodError(
        'A class cannot be decorated with the propagation NESTED',
        'Decorate the methods that need a savepoint.',
      );
    }
    return transactional(method, options, isOfClass, returns);
  });
}

/**
 * Runs a method outside the current transaction: each of its writes commits by itself, with the same actor.
 * On the class of a provider, it applies to the methods that `@Transactional()` would apply to. On a
 * controller or one of its handlers, the request has no transaction.
 *
 * @throws TransactionalMethodError when it decorates an accessor or a property
 */
export function NoTransaction(): NoTransactionDecorator {
  return decorate('none', outsideTransaction);
}

/** The transaction that the decorator of a handler or controller configures. */
export function transactionMetadataOf(decorated: Function): TransactionMetadata | undefined {
  return Reflect.getMetadata(transactionMetadata, decorated) as TransactionMetadata | undefined;
}

/** Skips the wrapper on controllers, whose decorator is about requests and not about each method. */
function unlessOfController(method: Method, wrapped: Method): Method {
  return function (...args) {
    const isController =
      this !== undefined && Reflect.hasMetadata(CONTROLLER_WATERMARK, this.constructor);
    return (isController ? method : wrapped).apply(this, args);
  };
}

function decorate(
  metadata: TransactionMetadata,
  wrap: (method: Method, isOfClass: boolean, returns?: unknown) => Method,
) {
  return (
    target: object | Function,
    property?: string | symbol,
    descriptor?: PropertyDescriptor,
  ): void => {
    if (property === undefined) {
      Reflect.defineMetadata(transactionMetadata, metadata, target);
      decorateClass(
        target as Function,
        (method) => unlessOfController(method, wrap(method, true)),
        (method) => Reflect.hasOwnMetadata(transactionMetadata, method),
      );
      return;
    }
    if (typeof descriptor?.value !== 'function') {
      throw new TransactionalMethodError(
        `${String(property)} is not a method but an accessor or a property`,
        '@Transactional() and @NoTransaction() decorate methods and classes.',
      );
    }
    descriptor.value = wrapMethod(descriptor.value as Method, (method) =>
      wrap(method, false, Reflect.getMetadata('design:returntype', target, property)),
    );
    Reflect.defineMetadata(transactionMetadata, metadata, descriptor.value);
  };
}
