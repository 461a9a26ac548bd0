import { Controller, Get, Param, ParseUUIDPipe, Query } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { SongRepository } from '@singr/database';
import { Requires } from '../auth/requires.decorator.js';
import { VenuesService } from '../venues/venues.service.js';
import { songQuerySchema, songsSchema, type SongQuery } from './songs.schemas.js';

@ApiTags('songs')
@ApiBearerAuth()
@Controller('venues/:venueId/songs')
export class SongsController {
  constructor(
    private readonly venues: VenuesService,
    private readonly songs: SongRepository,
  ) {}

  @Get()
  @Requires('songdb:read')
  @ApiOperation({
    summary: 'Search the songs of a venue',
    description:
      'For each key press: finds beginnings and words in any order, and tolerates typing errors.',
  })
  @ApiOkResponse({ standardSchema: songsSchema, description: 'Songs, the best first.' })
  @ApiNotFoundResponse({ description: 'There is no such venue.' })
  async search(
    @Param('venueId', ParseUUIDPipe) venueId: string,
    @Query({ schema: songQuerySchema }) { q, limit }: SongQuery,
  ) {
    const { customerProfileId } = await this.venues.get(venueId);
    const found = await this.songs.search({ query: q, limit, customerProfileId });
    return found.map(({ id, artist, title, openkjSystemId }) => ({
      id,
      artist,
      title,
      openkjSystemId,
    }));
  }
}
