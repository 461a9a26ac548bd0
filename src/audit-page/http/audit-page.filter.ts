import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  Inject,
} from '@nestjs/common';
import { DatabaseError } from '../../engine/common/errors/database.error.js';
import { Answers } from './answers.js';
import { describeError } from './describe-error.js';
import { apiHeaders } from './headers.js';

/**
 * Answers refusals as JSON, in the form that the page reads, before filters of the application see them. Errors of
 * the database without a status, and errors of any other kind, go to the application's filters.
 */
@Catch(HttpException, DatabaseError)
export class AuditPageFilter implements ExceptionFilter {
  constructor(@Inject(Answers) private readonly answers: Answers) {}

  catch(error: HttpException | DatabaseError, host: ArgumentsHost): void {
    const response: unknown = host.switchToHttp().getResponse();
    if (this.answers.hasBegun(response)) throw error;
    const { headers, ...body } = describeError(error);
    this.answers.send(response, body, { ...apiHeaders, ...headers }, body.statusCode);
  }
}
