import {
  Catch,
  HttpStatus,
  Inject,
  Injectable,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { getDataSourceToken } from '@nestjs/typeorm';
import { throwError } from 'rxjs';
import {
  OverloadedError,
  PoolExhaustedError,
  PoolShareExhaustedError,
} from '../../connection/errors.js';
import type { DatabaseDataSource } from '../../transaction/database.data-source.js';

/** What the client is told. The messages of the errors are for the operator. */
const answers = {
  OVERLOADED: [HttpStatus.SERVICE_UNAVAILABLE, 'The server is busy. Try again in a moment.'],
  POOL_EXHAUSTED: [HttpStatus.SERVICE_UNAVAILABLE, 'The server is busy. Try again in a moment.'],
  POOL_SHARE_EXHAUSTED: [
    HttpStatus.TOO_MANY_REQUESTS,
    'There are too many requests at once. Wait for one to end, and send this one again.',
  ],
} as const;

/**
 * Answers HTTP requests that were turned away, or that got no connection, with 503, or 429 when the caller uses
 * its share of the pool, and `Retry-After`. Works with Express and Fastify.
 *
 * A message of a microservice gets the error `{ status: 'error', code, message, retryAfter }`. A gateway that has
 * the filter by `@UseFilters()` sends it as the event `exception`; Nest's global filters do not apply to
 * gateways. GraphQL gets the error itself.
 */
@Injectable()
@Catch(OverloadedError, PoolExhaustedError, PoolShareExhaustedError)
export class OverloadFilter implements ExceptionFilter {
  constructor(
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
  ) {}

  catch(
    { code }: OverloadedError | PoolExhaustedError | PoolShareExhaustedError,
    host: ArgumentsHost,
  ): unknown {
    const { retryAfter } = this.database.config.overload;
    const [statusCode, message] = answers[code];
    switch (host.getType<string>()) {
      case 'http': {
        const { httpAdapter } = this.adapterHost;
        const response: unknown = host.switchToHttp().getResponse();
        // The handler may have begun a streamed answer.
        if (httpAdapter.isHeadersSent(response)) httpAdapter.end(response);
        else {
          httpAdapter.setHeader(response, 'Retry-After', String(Math.ceil(retryAfter / 1000)));
          httpAdapter.reply(response, { statusCode, code, message }, statusCode);
        }
        return undefined;
      }
      case 'rpc':
        return throwError(() => ({ status: 'error', code, message, retryAfter }));
      case 'ws':
        emit(host.switchToWs().getClient(), { status: 'error', code, message, retryAfter });
        return undefined;
      default:
        // Nest passes the error on.
        return undefined;
    }
  }
}

/** The clients of Socket.IO and of the package ws. */
interface SocketClient {
  readonly readyState?: number;
  send(message: string): void;
  emit(event: string, payload: unknown): void;
}

/** Sends an `exception`, as Nest's own filter for gateways does. */
function emit(client: SocketClient, payload: object): void {
  if (typeof client.readyState !== 'number') client.emit('exception', payload);
  else client.send(JSON.stringify({ event: 'exception', data: payload }));
}
