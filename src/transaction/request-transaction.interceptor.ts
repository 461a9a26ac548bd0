import type { ServerResponse } from 'node:http';
import {
  Inject,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { SSE_METADATA } from '@nestjs/common/constants.js';
import { getDataSourceToken } from '@nestjs/typeorm';
import { from, mergeMap, Observable, tap, type Subscriber } from 'rxjs';
import { Occasion } from '../actor/actor-context.js';
import { attributionOf, sourceOf } from '../actor/execution-origin.js';
import type { DatabaseDataSource } from '../connection/database.data-source.js';
import { REQUEST_OPTIONS, type RequestOptions } from './request-options.js';
import { runInTransaction, type TransactionOptions } from './run-in-transaction.js';
import { currentScope, withScope } from './transaction-context.js';
import type { TransactionScope } from './transaction-scope.js';
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
  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    @Inject(REQUEST_OPTIONS) private readonly options: RequestOptions,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const transaction = this.transactionFor(context);
    return from(attributionOf(context, this.options.actor)).pipe(
      mergeMap((attribution) => {
        const occasion = new Occasion(attribution);
        return transaction === undefined
          ? this.outsideTransaction(occasion, next, context)
          : this.insideTransaction(occasion, transaction, next, context);
      }),
    );
  }

  private outsideTransaction(
    occasion: Occasion,
    next: CallHandler,
    context: ExecutionContext,
  ): Observable<unknown> {
    // A handler that was given up goes on, and nobody hears of its end: its occasion stays.
    const end = () => endWithResponse(occasion, context);
    return new Observable((subscriber) =>
      occasion.run(() =>
        withScope(this.database, undefined, () =>
          next
            .handle()
            .pipe(tap({ complete: end, error: end }))
            .subscribe(subscriber),
        ),
      ),
    );
  }

  private insideTransaction(
    occasion: Occasion,
    options: TransactionOptions,
    next: CallHandler,
    context: ExecutionContext,
  ): Observable<unknown> {
    return new Observable((subscriber) => {
      let ended = false;
      let scope: TransactionScope | undefined;
      const handle = () => {
        scope = currentScope(this.database);
        return forwardAllButLast(next.handle(), subscriber);
      };
      const handled = occasion.run(() => runInTransaction(this.database, options, handle));
      const end = () => endWithResponse(occasion, context);
      void handled.then(end, end);
      handled.then(
        (last) => {
          ended = true;
          if (last !== nothing) subscriber.next(last);
          subscriber.complete();
        },
        (error: unknown) => {
          ended = true;
          subscriber.error(error);
        },
      );
      return () => {
        if (!ended) void scope?.rollback();
      };
    });
  }

  private transactionFor(context: ExecutionContext): TransactionOptions | undefined {
    const metadata = transactionMetadataOf(context.getHandler(), context.getClass());
    if (metadata === 'none') return undefined;
    if (metadata !== undefined) {
      // Another propagation is between the method and its caller: the decorated method sees to it.
      const { propagation = 'REQUIRED' } = metadata;
      return propagation === 'REQUIRED' ? { ...this.options.transaction, ...metadata } : undefined;
    }
    if (isServerSentEvents(context)) return undefined;
    const method = context.getType() === 'http' ? sourceOf(context).method : undefined;
    return method !== undefined && readingMethods.has(method)
      ? undefined
      : this.options.transaction;
  }
}

const nothing = Symbol('nothing');

/**
 * Passes a handler's values on as they come, except the last, which has to wait for the commit: an HTTP
 * handler has only that one.
 */
function forwardAllButLast(
  source: Observable<unknown>,
  subscriber: Subscriber<unknown>,
): Promise<unknown> {
  let last: unknown = nothing;
  return new Promise((resolve, reject) => {
    const subscription = source.subscribe({
      next: (value) => {
        if (last !== nothing) subscriber.next(last);
        last = value;
      },
      error: reject,
      complete: () => resolve(last),
    });
    subscriber.add(subscription);
  });
}

/** A request is over once its handler has ended and its response is sent: a streamed file comes after the handler. */
function endWithResponse(occasion: Occasion, context: ExecutionContext): void {
  const response = responseOf(context);
  if (response === undefined || response.closed || response.destroyed) occasion.end();
  else response.once('close', () => occasion.end());
}

/** Node's response, which Fastify wraps. */
function responseOf(context: ExecutionContext): ServerResponse | undefined {
  if (context.getType() !== 'http') return undefined;
  const response = context.switchToHttp().getResponse<ServerResponse & { raw?: ServerResponse }>();
  return response.raw ?? response;
}

/** A stream of events ends when the client goes: no transaction should last as long. */
function isServerSentEvents(context: ExecutionContext): boolean {
  return Reflect.getMetadata(SSE_METADATA, context.getHandler()) === true;
}
