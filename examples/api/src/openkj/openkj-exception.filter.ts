import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  Logger,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { describeFailure } from '../http/describe-failure.js';

/**
 * Answers every error with HTTP 200, because OpenKJ shows only the status of any other answer. OpenKJ shows
 * `errorString` when the host tests the connection.
 */
@Catch()
export class OpenKjExceptionFilter implements ExceptionFilter {
  private readonly log = new Logger('OpenKJ');

  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const { body } = http.getRequest<{ body?: { command?: unknown } }>();
    const command = typeof body?.command === 'string' ? body.command : '';
    const answer = { command, error: true, errorString: this.describe(exception) };
    this.adapterHost.httpAdapter.reply(http.getResponse(), answer, 200);
  }

  private describe(exception: unknown): string {
    const failure = describeFailure(exception) ?? exception;
    if (failure instanceof HttpException) {
      const message = messageOf(failure);
      this.log.warn(message);
      return message;
    }
    this.log.error(exception);
    return 'The server failed. Try again in a moment. If it fails again, tell its operator.';
  }
}

function messageOf(failure: HttpException): string {
  const response = failure.getResponse() as string | { message?: string | string[] };
  const message = typeof response === 'string' ? response : (response.message ?? failure.message);
  return [message].flat().join('; ');
}
