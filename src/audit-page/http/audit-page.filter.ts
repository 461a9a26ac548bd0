import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  Inject,
  Logger,
} from '@nestjs/common';
import { DatabaseError } from '../../engine/common/errors/database.error.js';
import { Answers } from './answers.js';
import { describeError } from './describe-error.js';
import { apiHeaders } from './headers.js';

/**
 * Answers refusals as JSON, in the form that the page reads, before filters of the application see them. Errors of
 * any other kind go to the application's filters.
 */
@Catch(HttpException, DatabaseError)
export class AuditPageFilter implements ExceptionFilter {
  private readonly logger = new Logger('AuditPageModule');

  constructor(@Inject(Answers) private readonly answers: Answers) {}

  catch(error: HttpException | DatabaseError, host: ArgumentsHost): void {
    const response: unknown = host.switchToHttp().getResponse();
    if (this.answers.hasBegun(response)) throw error;
    const { headers, ...body } = describeError(error);
    if (body.statusCode >= 500) this.logger.error(error);
    this.answers.send(response, body, { ...apiHeaders, ...headers }, body.statusCode);
  }
}
