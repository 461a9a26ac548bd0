import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiUnprocessableEntityResponse } from '@nestjs/swagger';

/** Describes a handler with `@Idempotent()` in the OpenAPI document. */
export function ApiIdempotent() {
  return applyDecorators(
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description:
        'A new UUID for each operation. With the same one, a retry gets the first answer again.',
      schema: { type: 'string', maxLength: 255 },
    }),
    ApiUnprocessableEntityResponse({
      description: 'The Idempotency-Key was used for another request.',
    }),
  );
}
