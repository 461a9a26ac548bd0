import {
  Inject,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { SSE_METADATA } from '@nestjs/common/constants.js';
import { getDataSourceToken } from '@nestjs/typeorm';
import { from, mergeMap, Observable } from 'rxjs';
import { runHolding } from '../actor/actor-context.js';
import { attributionOf, sourceOf } from '../actor/execution-origin.js';
import { RequestOrigin } from '../actor/request-origin.js';
import type { DatabaseDataSource } from '../connection/database.data-source.js';
import { REQUEST_OPTIONS, type RequestOptions } from './request-options.js';
import { runInTransaction, type TransactionOptions } from './run-in-transaction.js';
import { withScope } from './transaction-context.js';
import { notifiedHere, transactionalObservable } from './transactional-observable.js';
import { transactionMetadataOf } from './transactional.decorator.js';

const readingMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Gives each request its actor, and each request that may write its transaction.
 *
 * An interceptor, because guards run before it: who the user is has been decided. The transaction
 * begins with the first query, commits before the response is sent, and rolls back when the handler
 * throws or when whoever waits for it gives up (a time-out). A client that disconnects changes nothing:
 * Nest lets the handler finish, and what it did counts.
 */
@Injectable()
export class RequestTransactionInterceptor implements NestInterceptor {
  /** What went through here once must not do so again, however many lists of interceptors this is in. */
  private readonly entered = new WeakSet<ExecutionContext>();

  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    @Inject(REQUEST_OPTIONS) private readonly options: RequestOptions,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (this.entered.has(context)) return next.handle();
    this.entered.add(context);
    const transaction = this.transactionFor(context);
    const origin = RequestOrigin.around(sourceOf(context));
    return from(attributionOf(context, this.options.actor, origin?.beforeHandler)).pipe(
      mergeMap((attribution) => {
        const holder = { attribution };
        origin?.handledWith(holder);
        const response =
          transaction === undefined
            ? this.outsideTransaction(next)
            : this.insideTransaction(transaction, next);
        // Interceptors and filters of messages and sockets are notified in here, too.
        return new Observable((subscriber) =>
          runHolding(holder, () => response.subscribe(subscriber)),
        );
      }),
    );
  }

  private outsideTransaction(next: CallHandler): Observable<unknown> {
    return new Observable((subscriber) =>
      withScope(this.database, undefined, () => next.handle().subscribe(notifiedHere(subscriber))),
    );
  }

  private insideTransaction(options: TransactionOptions, next: CallHandler): Observable<unknown> {
    return transactionalObservable(
      this.database,
      (work) => runInTransaction(this.database, options, work),
      () => next.handle(),
    );
  }

  private transactionFor(context: ExecutionContext): TransactionOptions | undefined {
    const ofHandler = transactionMetadataOf(context.getHandler());
    const metadata = ofHandler ?? transactionMetadataOf(context.getClass());
    if (metadata === 'none') return undefined;
    if (metadata !== undefined) {
      // Another propagation is between the method and its caller: the decorated method sees to it.
      const { propagation = 'REQUIRED' } = ofHandler === undefined ? {} : metadata;
      return propagation === 'REQUIRED' ? { ...this.options.transaction, ...metadata } : undefined;
    }
    if (isServerSentEvents(context)) return undefined;
    const method = context.getType() === 'http' ? sourceOf(context).method : undefined;
    return method !== undefined && readingMethods.has(method)
      ? undefined
      : this.options.transaction;
  }
}

/** A stream of events ends when the client goes: no transaction should last as long. */
function isServerSentEvents(context: ExecutionContext): boolean {
  return Reflect.getMetadata(SSE_METADATA, context.getHandler()) === true;
}
