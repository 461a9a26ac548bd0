import { Logger } from '@nestjs/common';
import { logContext } from './log-context.js';

/** Nest's logger. Each line about a request ends with the id of the request. */
export class RequestLogger extends Logger {
  override log(message: any, ...rest: any[]): void {
    super.log(withRequest(message), ...rest);
  }

  override warn(message: any, ...rest: any[]): void {
    super.warn(withRequest(message), ...rest);
  }

  override error(message: any, ...rest: any[]): void {
    super.error(withRequest(message), ...rest);
  }

  override debug(message: any, ...rest: any[]): void {
    super.debug(withRequest(message), ...rest);
  }
}

function withRequest(message: unknown): unknown {
  const { requestId } = logContext();
  return requestId === undefined || typeof message !== 'string'
    ? message
    : `${message} [request ${requestId}]`;
}
