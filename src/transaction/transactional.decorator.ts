import { currentDatabase } from './transaction-context.js';
import { runInTransaction, type TransactionOptions } from './run-in-transaction.js';
import { soleDatabase } from './running-databases.js';
import { runOutsideTransaction } from './run-outside-transaction.js';

const transactionMetadata = Symbol('singr:transaction');

/** What a handler, or its controller, says about its request's transaction. */
export type TransactionMetadata = TransactionOptions | 'none';

/**
 * Runs a method in a transaction: it commits when the method's promise resolves and rolls back when it
 * rejects. On a controller's handler (or on the controller) it decides that the request has a
 * transaction, whatever its HTTP method.
 */
export function Transactional(options: TransactionOptions = {}): MethodDecorator & ClassDecorator {
  return decorate(options, (work) =>
    runInTransaction(currentDatabase() ?? soleDatabase(), options, work),
  );
}

/**
 * Runs a method outside the transaction around it: each of its writes commits by itself, with the same
 * actor. On a controller's handler (or on the controller) the request has no transaction.
 */
export function NoTransaction(): MethodDecorator & ClassDecorator {
  return decorate('none', (work) =>
    runOutsideTransaction(currentDatabase() ?? soleDatabase(), work),
  );
}

/** What the decorators on a handler say, or else those on its controller. */
export function transactionMetadataOf(
  handler: Function,
  controller: Function,
): TransactionMetadata | undefined {
  return (
    Reflect.getMetadata(transactionMetadata, handler) ??
    Reflect.getMetadata(transactionMetadata, controller)
  );
}

function decorate(
  metadata: TransactionMetadata,
  run: (work: () => Promise<unknown>) => Promise<unknown>,
): MethodDecorator & ClassDecorator {
  return (target: object, property?: string | symbol, descriptor?: PropertyDescriptor) => {
    if (property === undefined || descriptor === undefined) {
      Reflect.defineMetadata(transactionMetadata, metadata, target);
      return;
    }
    const method = descriptor.value as (...args: unknown[]) => Promise<unknown>;
    const wrapped = function (this: unknown, ...args: unknown[]) {
      return run(async () => method.apply(this, args));
    };
    Object.defineProperty(wrapped, 'name', { value: method.name });
    // Routes, parameters and guards are metadata of the function that Nest finds.
    for (const key of Reflect.getMetadataKeys(method)) {
      Reflect.defineMetadata(key, Reflect.getMetadata(key, method), wrapped);
    }
    Reflect.defineMetadata(transactionMetadata, metadata, wrapped);
    descriptor.value = wrapped;
  };
}
