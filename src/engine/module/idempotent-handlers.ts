import { Inject, Injectable, StreamableFile, type ExecutionContext } from '@nestjs/common';
import { SSE_METADATA } from '@nestjs/common/constants.js';
import { HttpAdapterHost } from '@nestjs/core';
import { getDataSourceToken } from '@nestjs/typeorm';
import { concatMap, defer, from, last, mergeMap, of, type Observable } from 'rxjs';
import { currentAttribution } from '../actor/actor-context.js';
import {
  AnswerNotStorableError,
  IdempotencyKeyMissingError,
  IdempotentHandlerError,
  OperationInProgressError,
} from '../idempotency/errors.js';
import { fingerprintOf } from '../idempotency/fingerprint.js';
import { keyOfHeader } from '../idempotency/idempotency-key.js';
import { idempotentSettingsOf } from '../idempotency/idempotent.decorator.js';
import { claimOrAnswer, storeAnswer, type Operation } from '../idempotency/stored-answers.js';
import type { DatabaseDataSource } from '../transaction/database.data-source.js';
import { transactionMetadataOf } from '../transaction/transactional.decorator.js';
import { takesResponse } from './takes-response.js';

/** What is read of a request here. Express and Fastify have the same. */
interface HttpRequest {
  readonly headers: Record<string, string | string[] | undefined>;
  readonly originalUrl: string;
  readonly body?: unknown;
}

/** What is read of a response here. Express and Fastify have the same. */
interface HttpResponse {
  readonly statusCode: number;
  getHeaders(): Record<string, unknown>;
}

/** The answer of a handler, as it is stored. */
interface HttpAnswer {
  readonly status: number;
  /** The headers that the handler has set. */
  readonly headers: Record<string, string>;
  /** Undefined for a response without a body. */
  readonly body: unknown;
}

/** Stores the answers of handlers with `@Idempotent()`, and repeats them. */
@Injectable()
export class IdempotentHandlers {
  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
  ) {}

  /**
   * Whether a handler has the decorator.
   *
   * @throws IdempotentHandlerError when it has, and its answers cannot be repeated
   */
  includes(context: ExecutionContext): boolean {
    if (idempotentSettingsOf(context.getHandler()) === undefined) return false;
    assertRepeatable(context);
    return true;
  }

  /**
   * Calls the handler, or repeats the answer that an earlier request with the same key got. Both happen in the
   * transaction of the request, at each subscription.
   */
  answer(context: ExecutionContext, handle: () => Observable<unknown>): Observable<unknown> {
    return defer(() => {
      const operation = operationOf(context);
      if (operation === undefined) return handle();
      const response = context.switchToHttp().getResponse<HttpResponse>();
      const headersBefore = response.getHeaders();
      return from(this.claim(response, operation)).pipe(
        mergeMap((claim) =>
          typeof claim === 'string'
            ? of(this.repeat(response, JSON.parse(claim) as HttpAnswer))
            : handle().pipe(
                last(),
                concatMap(async (body) => {
                  const answer = this.answerOf(response, headersBefore, body);
                  await storeAnswer(this.database.manager, claim, answer);
                  return body;
                }),
              ),
        ),
      );
    });
  }

  private async claim(response: HttpResponse, operation: Operation) {
    try {
      return await claimOrAnswer(this.database.manager, operation);
    } catch (error) {
      if (error instanceof OperationInProgressError) this.setHeader(response, 'Retry-After', '1');
      throw error;
    }
  }

  private answerOf(
    response: HttpResponse,
    before: Record<string, unknown>,
    body: unknown,
  ): HttpAnswer {
    if (this.host.httpAdapter.isHeadersSent(response) || isBinary(body)) {
      throw new AnswerNotStorableError(
        'it is a stream, a file or bytes, or the handler has sent it itself',
        'Return JSON, or leave @Idempotent() out.',
      );
    }
    const headers = Object.entries(response.getHeaders()).filter(
      ([name, value]) => value !== before[name] && name !== 'set-cookie',
    );
    return {
      status: response.statusCode,
      headers: Object.fromEntries(headers) as HttpAnswer['headers'],
      body,
    };
  }

  private repeat(response: HttpResponse, { status, headers, body }: HttpAnswer): unknown {
    this.host.httpAdapter.status(response, status);
    for (const [name, value] of Object.entries(headers)) this.setHeader(response, name, value);
    this.setHeader(response, 'Idempotent-Replayed', 'true');
    return body;
  }

  private setHeader(response: HttpResponse, name: string, value: string): void {
    this.host.httpAdapter.setHeader(response, name, value);
  }
}

/**
 * What a request asks for; undefined for a request without a key.
 *
 * @throws IdempotencyKeyMissingError, InvalidIdempotencyKeyError
 */
function operationOf(context: ExecutionContext): Operation | undefined {
  const { required, scope, lifetime, maxAnswerBytes } = idempotentSettingsOf(context.getHandler())!;
  const request = context.switchToHttp().getRequest<HttpRequest>();
  const header = request.headers['idempotency-key'];
  if (header === undefined) {
    if (required) throw new IdempotencyKeyMissingError();
    return undefined;
  }
  return {
    key: keyOfHeader(String(header)),
    route: currentAttribution()!.route!,
    scope: scope(request),
    fingerprint: fingerprintOf([request.originalUrl, fingerprintOf(request.body).toString('hex')]),
    lifetime,
    maxAnswerBytes,
  };
}

/** @throws IdempotentHandlerError */
function assertRepeatable(context: ExecutionContext): void {
  const handler = context.getHandler();
  const name = `${context.getClass().name}.${handler.name}()`;
  if (context.getType() !== 'http') {
    throw new IdempotentHandlerError(
      name,
      'only HTTP requests have the header',
      'Call IdempotencyService.once() in the handler, with a key from the message.',
    );
  }
  const transaction =
    transactionMetadataOf(handler) ?? transactionMetadataOf(context.getClass()) ?? {};
  const propagation =
    transaction === 'none' ? transaction : (transaction.propagation ?? 'REQUIRED');
  if (propagation !== 'REQUIRED') {
    throw new IdempotentHandlerError(
      name,
      'its request has no transaction, in which the answer would be stored',
      'Leave out @NoTransaction() and the propagation.',
    );
  }
  if (Reflect.getMetadata(SSE_METADATA, handler) === true || takesResponse(context)) {
    throw new IdempotentHandlerError(
      name,
      'it sends the response itself',
      'Return JSON. To set headers, use @Res({ passthrough: true }).',
    );
  }
}

/** Whether a body is no JSON: a file, a stream or bytes, also inside an object that an interceptor made. */
function isBinary(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false;
  return [body, ...Object.values(body)].some(
    (value: unknown) =>
      value instanceof StreamableFile ||
      ArrayBuffer.isView(value) ||
      typeof (value as { pipe?: unknown } | null | undefined)?.pipe === 'function' ||
      typeof (value as { getReader?: unknown } | null | undefined)?.getReader === 'function',
  );
}
