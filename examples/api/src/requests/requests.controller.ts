import { Body, Controller, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiBearerAuth,
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiNotFoundResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { Idempotent, RequestService } from '@singr/database';
import { CurrentSinger } from '../auth/current-singer.decorator.js';
import { CurrentUser } from '../auth/current-user.decorator.js';
import { Requires } from '../auth/requires.decorator.js';
import { ApiIdempotent } from '../http/api-idempotent.decorator.js';
import type { SignedInUser } from '../auth/signed-in-user.js';
import {
  submitRequestSchema,
  submittedRequestSchema,
  type SubmitRequest,
} from './requests.schemas.js';

@ApiTags('requests')
@ApiBearerAuth()
@Controller('venues/:venueId/requests')
export class RequestsController {
  constructor(private readonly requests: RequestService) {}

  @Post()
  @Idempotent()
  @Requires('requests:create')
  @ApiOperation({ summary: 'Ask to sing a song' })
  @ApiIdempotent()
  @ApiCreatedResponse({ standardSchema: submittedRequestSchema, description: 'The request.' })
  @ApiBadRequestResponse({
    description: 'The song or the key change is not valid; the message says why.',
  })
  @ApiNotFoundResponse({ description: 'There is no such venue.' })
  @ApiConflictResponse({
    description: 'The venue takes no requests now, or the first try is in progress.',
  })
  submit(
    @CurrentUser() user: SignedInUser,
    @CurrentSinger() singerProfileId: string,
    @Param('venueId', ParseUUIDPipe) venueId: string,
    @Body({ schema: submitRequestSchema }) request: SubmitRequest,
  ) {
    const submittedByUserId = user.id;
    return this.requests.submit({ ...request, venueId, singerProfileId, submittedByUserId });
  }
}
