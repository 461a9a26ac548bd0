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
import { notifiedHere } from '../common/notified-here.js';
import { Occasion } from '../actor/actor-context.js';
import { attributionOf, sourceOf } from './origins/execution-origin.js';
import { RequestOrigin } from './origins/request-origin.js';
import { IdempotentHandlers } from './idempotent-handlers.js';
import type { DatabaseDataSource } from '../transaction/database.data-source.js';
import { REQUEST_OPTIONS, type RequestOptions } from './request-options.js';
import { givenUpTime } from '../transaction/root-scope.js';
import { runInTransaction, type TransactionOptions } from '../transaction/run-in-transaction.js';
import { withScope } from '../transaction/transaction-context.js';
import { transactionalObservable } from '../transaction/transactional-observable.js';
import { transactionMetadataOf } from '../transaction/transactional.decorator.js';

const readingMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Gives each request its actor, and each request that may write its transaction.
 *
 * Guards run before interceptors, so the user is known here. The transaction begins with the first query,
 * commits before the response is sent, and rolls back when the handler throws or an outer interceptor
 * unsubscribes (a timeout). When the client disconnects, Nest lets the handler finish, and its transaction
 * commits.
 */
@Injectable()
export class RequestTransactionInterceptor implements NestInterceptor {
  /**
   * Executions that have passed this interceptor. It may be in several lists of interceptors, and must apply
   * once.
   */
  private readonly entered = new WeakSet<ExecutionContext>();

  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    @Inject(REQUEST_OPTIONS) private readonly options: RequestOptions,
    private readonly idempotent: IdempotentHandlers,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (this.entered.has(context)) return next.handle();
    const origin = RequestOrigin.around(sourceOf(context));
    // An outer interceptor may subscribe in another context, for example in that of another request.
    return new Observable((subscriber) => {
      this.entered.add(context);
      // An outer interceptor may call the handler again.
      subscriber.add(() => this.entered.delete(context));
      origin.enter(() => this.handle(origin, context, next).subscribe(subscriber));
    });
  }

  private handle(
    origin: RequestOrigin,
    context: ExecutionContext,
    next: CallHandler,
  ): Observable<unknown> {
    const isIdempotent = this.idempotent.includes(context);
    const transaction = this.transactionFor(context, isIdempotent);
    const handle = () => next.handle();
    const handler = isIdempotent ? () => this.idempotent.answer(context, handle) : handle;
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
            : this.insideTransaction(transaction, handler, end);
        return origin.hearing(
          new Observable((subscriber) => {
            const subscription = occasion.run(() => answer.subscribe(subscriber));
            return () => {
              subscription.unsubscribe();
              // After a timeout the handler still runs, and its end is not known.
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
    handle: () => Observable<unknown>,
    end: () => void,
  ): Observable<unknown> {
    const inTransaction = (work: () => Promise<unknown>) => {
      const handled = runInTransaction(this.database, options, work);
      void handled.then(end, end);
      return handled;
    };
    return transactionalObservable(this.database, inTransaction, handle);
  }

  private transactionFor(
    context: ExecutionContext,
    isIdempotent: boolean,
  ): TransactionOptions | undefined {
    const ofHandler = transactionMetadataOf(context.getHandler());
    const metadata = ofHandler ?? transactionMetadataOf(context.getClass());
    if (metadata === 'none') return undefined;
    if (metadata !== undefined) {
      // For another propagation, the decorated method begins its transaction itself.
      const { propagation = 'REQUIRED' } = ofHandler === undefined ? {} : metadata;
      return propagation === 'REQUIRED' ? { ...this.options.transaction, ...metadata } : undefined;
    }
    if (isIdempotent) return this.options.transaction;
    if (isServerSentEvents(context)) return undefined;
    const method = context.getType() === 'http' ? sourceOf(context).method : undefined;
    return method !== undefined && readingMethods.has(method)
      ? undefined
      : this.options.transaction;
  }
}

/** Ends the occasion when the response is closed, because a streamed file is sent after the handler. */
function endWithResponse(occasion: Occasion, context: ExecutionContext): void {
  const response = responseOf(context);
  if (response === undefined || response.closed || response.destroyed) occasion.end();
  else response.once('close', () => occasion.end());
}

/** Node's response; Fastify has it in `raw`. */
function responseOf(context: ExecutionContext): ServerResponse | undefined {
  if (context.getType() !== 'http') return undefined;
  const response = context.switchToHttp().getResponse<ServerResponse & { raw?: ServerResponse }>();
  return response.raw ?? response;
}

/**
 * Whether the handler sends server-sent events. They end when the client leaves, and no transaction should
 * last that long.
 */
function isServerSentEvents(context: ExecutionContext): boolean {
  return Reflect.getMetadata(SSE_METADATA, context.getHandler()) === true;
}
