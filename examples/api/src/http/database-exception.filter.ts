import { type ArgumentsHost, Catch } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { describeFailure } from './describe-failure.js';

/** Answers errors of the database with their HTTP status, and passes all others to Nest. */
@Catch()
export class DatabaseExceptionFilter extends BaseExceptionFilter {
  override catch(exception: unknown, host: ArgumentsHost): void {
    super.catch(describeFailure(exception) ?? exception, host);
  }
}
