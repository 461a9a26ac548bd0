import { applyDecorators } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';

/** Documents the two parameters that name a record. */
export const ApiRecord = () =>
  applyDecorators(
    ApiParam({ name: 'table', example: 'venues' }),
    ApiParam({
      name: 'id',
      description: "The record's primary key; of several columns a JSON object.",
    }),
  );
