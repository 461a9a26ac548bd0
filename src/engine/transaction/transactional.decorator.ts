import { CONTROLLER_WATERMARK } from '@nestjs/common/constants.js';
import type { Subscribable } from 'rxjs';
import { expectSecondConnections } from '../connection/connection-gate.js';
import { decorateClass } from './decorate-class.js';
import { TransactionalMethodError } from './errors.js';
import { outsideTransaction, transactional } from './transactional-method.js';
import type { TransactionOptions } from './run-in-transaction.js';
import { wrapMethod, type Method } from './wrap-method.js';

const transactionMetadata = Symbol('singr:transaction');

/** What a handler, or its controller, says about its request's transaction. */
export type TransactionMetadata = TransactionOptions | 'none';

/** Decorates a class, or a method whose end can be waited for. */
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
 * Runs a method in a transaction: it commits when the method's promise resolves and rolls back when it
 * rejects. A method that is declared to return an Observable runs at each subscription, in a
 * transaction that commits before the last value is passed on, and rolls back on an error or when the
 * subscriber leaves early.
 *
 * On a provider's class it is on each method, inherited ones included, but for those that say otherwise
 * themselves; not on constructors, accessors, static methods and Nest's lifecycle hooks. On a
 * controller's handler, or on the controller, it decides that the request has a transaction, whatever
 * its HTTP method.
 *
 * @throws TransactionalMethodError when it decorates something else, or with `NESTED` a class; and, when
 * the method is called, if that returns neither a promise nor a declared Observable
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
 * Runs a method outside the transaction around it: each of its writes commits by itself, with the same
 * actor. On a provider's class it is on the same methods as `@Transactional()`. On a controller's handler, or on
 * the controller, the request has no transaction.
 *
 * @throws TransactionalMethodError when it decorates neither a method nor a class
 */
export function NoTransaction(): NoTransactionDecorator {
  return decorate('none', outsideTransaction);
}

/** What the decorators on a handler or a controller say. */
export function transactionMetadataOf(decorated: Function): TransactionMetadata | undefined {
  return Reflect.getMetadata(transactionMetadata, decorated) as TransactionMetadata | undefined;
}

/** What a controller says is said of its requests, and not of the methods that its handlers call. */
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
