import { Inject, Injectable, StreamableFile } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

/**
 * Sends answers with the adapter of the application. They are sent here and not returned, so that no global
 * interceptor of the application wraps or stores them.
 */
@Injectable()
export class Answers {
  constructor(@Inject(HttpAdapterHost) private readonly host: HttpAdapterHost) {}

  send(
    response: unknown,
    body: object | string | StreamableFile,
    headers: Readonly<Record<string, string>>,
    statusCode = 200,
  ): void {
    const { httpAdapter } = this.host;
    for (const [name, value] of Object.entries(headers)) {
      httpAdapter.setHeader(response, name, value);
    }
    httpAdapter.reply(response, body, statusCode);
  }

  /** Whether an answer has begun, which can no longer be replaced. */
  hasBegun(response: unknown): boolean {
    return this.host.httpAdapter.isHeadersSent(response);
  }
}
