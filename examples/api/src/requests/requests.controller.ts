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
import { RequestService } from '@singr/database';
import { CurrentSinger } from '../auth/current-singer.decorator.js';
import { CurrentUser } from '../auth/current-user.decorator.js';
import { Requires } from '../auth/requires.decorator.js';
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
  @Requires('requests:create')
  @ApiOperation({ summary: 'Ask to sing a song' })
  @ApiCreatedResponse({ standardSchema: submittedRequestSchema, description: 'The request.' })
  @ApiBadRequestResponse({
    description: 'The song or the key change is not valid; the message says why.',
  })
  @ApiNotFoundResponse({ description: 'There is no such venue.' })
  @ApiConflictResponse({ description: 'The venue takes no requests now.' })
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
