import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  ParseUUIDPipe,
  Patch,
  Post,
  Query,
} from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiBearerAuth,
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import { Idempotent } from '@singr/database';
import { CurrentUser } from '../auth/current-user.decorator.js';
import { Requires } from '../auth/requires.decorator.js';
import type { SignedInUser } from '../auth/signed-in-user.js';
import { ApiIdempotent } from '../http/api-idempotent.decorator.js';
import { nearbyQuerySchema, nearbySchema, type NearbyQuery } from './nearby.schemas.js';
import {
  createVenueSchema,
  updateVenueSchema,
  venueListQuerySchema,
  venueListSchema,
  venueSchema,
} from './venues.schemas.js';
import type { CreateVenue, UpdateVenue, VenueListQuery } from './venues.schemas.js';
import { VenuesService } from './venues.service.js';

@ApiTags('venues')
@ApiBearerAuth()
@ApiUnauthorizedResponse({ description: 'The bearer token is missing or no longer valid.' })
@Controller('venues')
export class VenuesController {
  constructor(private readonly venues: VenuesService) {}

  @Get()
  @Requires('venues:read')
  @ApiOperation({ summary: 'List venues', description: 'Sorted by name, in pages.' })
  @ApiOkResponse({ standardSchema: venueListSchema, description: 'A page of venues.' })
  list(@Query({ schema: venueListQuerySchema }) query: VenueListQuery) {
    return this.venues.list(query);
  }

  @Get('nearby')
  @Requires('venues:read')
  @ApiOperation({ summary: 'Find venues around a place', description: 'The nearest first.' })
  @ApiOkResponse({ standardSchema: nearbySchema, description: 'Venues with their distances.' })
  @ApiBadRequestResponse({
    description: 'The place or the radius is not valid; the message says why.',
  })
  nearby(@Query({ schema: nearbyQuerySchema }) query: NearbyQuery) {
    return this.venues.nearby(query);
  }

  @Get(':id')
  @Requires('venues:read')
  @ApiOperation({ summary: 'Get a venue' })
  @ApiOkResponse({ standardSchema: venueSchema, description: 'The venue.' })
  @ApiNotFoundResponse({ description: 'There is no such venue.' })
  get(@Param('id', ParseUUIDPipe) id: string) {
    return this.venues.get(id);
  }

  @Post()
  @Idempotent()
  @Requires('venues:create')
  @ApiOperation({ summary: 'Create a venue' })
  @ApiIdempotent()
  @ApiCreatedResponse({ standardSchema: venueSchema, description: 'The new venue.' })
  @ApiBadRequestResponse({ description: 'The body is not a valid venue; the message says why.' })
  @ApiConflictResponse({ description: 'Another venue has its urlName or its OpenKJ number.' })
  create(
    @CurrentUser() user: SignedInUser,
    @Body({ schema: createVenueSchema }) venue: CreateVenue,
  ) {
    return this.venues.create(user, venue);
  }

  @Patch(':id')
  @Requires('venues:update')
  @ApiOperation({
    summary: 'Change a venue',
    description:
      'Customers may change their own venues, administrators any. Send only the fields that change.',
  })
  @ApiOkResponse({ standardSchema: venueSchema, description: 'The venue after the change.' })
  @ApiBadRequestResponse({ description: 'The body is not valid; the message says why.' })
  @ApiNotFoundResponse({ description: 'There is no such venue.' })
  @ApiConflictResponse({ description: 'Another venue has its urlName or its OpenKJ number.' })
  update(
    @CurrentUser() user: SignedInUser,
    @Param('id', ParseUUIDPipe) id: string,
    @Body({ schema: updateVenueSchema }) changes: UpdateVenue,
  ) {
    return this.venues.update(user, id, changes);
  }

  @Delete(':id')
  @Requires('venues:delete')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Delete a venue',
    description: 'Its requests and history are deleted as well.',
  })
  @ApiNoContentResponse({ description: 'The venue is deleted; its audit trail is kept.' })
  @ApiNotFoundResponse({ description: 'There is no such venue.' })
  async delete(
    @CurrentUser() user: SignedInUser,
    @Param('id', ParseUUIDPipe) id: string,
  ): Promise<void> {
    await this.venues.delete(user, id);
  }
}
