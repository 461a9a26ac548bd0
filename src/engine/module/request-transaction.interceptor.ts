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
import { from, mergeMap, Observable, tap } from 'rxjs';
import { Occasion } from '../actor/actor-context.js';
import { attributionOf, sourceOf } from './origins/execution-origin.js';
import { RequestOrigin } from './origins/request-origin.js';
import type { DatabaseDataSource } from '../connection/database.data-source.js';
import { REQUEST_OPTIONS, type RequestOptions } from './request-options.js';
import { givenUpTime } from '../transaction/root-scope.js';
import { runInTransaction, type TransactionOptions } from '../transaction/run-in-transaction.js';
import { withScope } from '../transaction/transaction-context.js';
import { notifiedHere, transactionalObservable } from '../transaction/transactional-observable.js';
import { transactionMetadataOf } from '../transaction/transactional.decorator.js';

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
  /** What is going through here must not do so again, however many lists of interceptors this is in. */
  private readonly entered = new WeakSet<ExecutionContext>();

  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    @Inject(REQUEST_OPTIONS) private readonly options: RequestOptions,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (this.entered.has(context)) return next.handle();
    const origin = RequestOrigin.around(sourceOf(context));
    // An interceptor outside of this one may call it where it pleases: where another request gives it a turn, say.
    return new Observable((subscriber) => {
      this.entered.add(context);
      // An interceptor around may try the handler again.
      subscriber.add(() => this.entered.delete(context));
      origin.enter(() => this.handle(origin, context, next).subscribe(subscriber));
    });
  }

  private handle(
    origin: RequestOrigin,
    context: ExecutionContext,
    next: CallHandler,
  ): Observable<unknown> {
    const transaction = this.transactionFor(context);
    return from(attributionOf(context, this.options, origin.beforeHandler)).pipe(
      mergeMap((attribution) => {
        const occasion = new Occasion(attribution, origin);
        origin.handledOn(occasion);
        let isHandled = false;
        const end = () => {
          isHandled = true;
          endWithResponse(occasion, context);
        };
        const answer =
          transaction === undefined
            ? this.outsideTransaction(next, end)
            : this.insideTransaction(transaction, next, end);
        return origin.hearing(
          new Observable((subscriber) => {
            const subscription = occasion.run(() => answer.subscribe(subscriber));
            return () => {
              subscription.unsubscribe();
              // A handler that was given up goes on, and nobody hears of its end.
              if (!isHandled) setTimeout(() => occasion.end(), givenUpTime).unref();
            };
          }),
        );
      }),
    );
  }

  private outsideTransaction(next: CallHandler, end: () => void): Observable<unknown> {
    return new Observable((subscriber) =>
      withScope(this.database, undefined, () =>
        next
          .handle()
          .pipe(tap({ complete: end, error: end }))
          .subscribe(notifiedHere(subscriber)),
      ),
    );
  }

  private insideTransaction(
    options: TransactionOptions,
    next: CallHandler,
    end: () => void,
  ): Observable<unknown> {
    const inTransaction = (work: () => Promise<unknown>) => {
      const handled = runInTransaction(this.database, options, work);
      void handled.then(end, end);
      return handled;
    };
    return transactionalObservable(this.database, inTransaction, () => next.handle());
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
