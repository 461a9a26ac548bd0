import { type ArgumentsHost, Catch } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { describeFailure } from './describe-failure.js';

/** Answers failures of the database as HTTP has it, and leaves every other to Nest. */
@Catch()
export class DatabaseExceptionFilter extends BaseExceptionFilter {
  override catch(exception: unknown, host: ArgumentsHost): void {
    super.catch(describeFailure(exception) ?? exception, host);
  }
}
