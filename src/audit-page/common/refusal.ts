import { HttpException, HttpStatus } from '@nestjs/common';

/** Refuses a call, with a code for programs and a message for people. */
export function refusal(statusCode: HttpStatus, code: string, message: string): HttpException {
  return new HttpException({ statusCode, code, message }, statusCode);
}

/** The answer for a record that does not exist, and for one that the viewer may not read. */
export const noSuchRecord = () =>
  refusal(
    HttpStatus.NOT_FOUND,
    'AUDIT_RECORD_NOT_FOUND',
    'There is no such record, or you may not read it.',
  );
