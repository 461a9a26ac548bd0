import { Body, Controller, Get, Param, ParseUUIDPipe, Put, Query } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiBearerAuth,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { FavoritesService, SingerRequestHistoryRepository } from '@singr/database';
import { CurrentSinger } from '../auth/current-singer.decorator.js';
import { Requires } from '../auth/requires.decorator.js';
import {
  changedSchema,
  favoritesSchema,
  favoriteSongSchema,
  favoriteVenueSchema,
  historyQuerySchema,
  historySchema,
} from './singer.schemas.js';
import type { FavoriteSongChange, FavoriteVenueChange, HistoryQuery } from './singer.schemas.js';

@ApiTags('singer')
@ApiBearerAuth()
@Controller('singer')
export class SingerController {
  constructor(
    private readonly favorites: FavoritesService,
    private readonly histories: SingerRequestHistoryRepository,
  ) {}

  @Get('history')
  @Requires('singer_profile:read')
  @ApiOperation({ summary: 'List the requests of the singer', description: 'The newest first.' })
  @ApiOkResponse({ standardSchema: historySchema, description: 'A page of the requests.' })
  @ApiBadRequestResponse({ description: 'The limit or the cursor is not valid.' })
  async history(
    @CurrentSinger() singerProfileId: string,
    @Query({ schema: historyQuerySchema }) page: HistoryQuery,
  ) {
    const { entries, nextCursor } = await this.histories.page(singerProfileId, page);
    return {
      entries: entries.map(({ id, venue, artist, title, keyChange, requestedAt }) => ({
        id,
        venue: { id: venue.id, name: venue.name },
        artist,
        title,
        keyChange,
        requestedAt,
      })),
      nextCursor,
    };
  }

  @Get('favorites')
  @Requires('singer_profile:read')
  @ApiOperation({ summary: "The singer's favourite songs and venues" })
  @ApiOkResponse({ standardSchema: favoritesSchema, description: 'The latest first.' })
  async all(@CurrentSinger() singerProfileId: string) {
    const songs = await this.favorites.songs(singerProfileId);
    const venues = await this.favorites.venues(singerProfileId);
    return {
      songs: songs.map(({ artist, title, keyChange }) => ({ artist, title, keyChange })),
      venues: venues.map(({ venue: { id, name } }) => ({ id, name })),
    };
  }

  @Put('favorites/songs')
  @Requires('favorites:create')
  @ApiOperation({ summary: 'Add or remove a favourite song' })
  @ApiOkResponse({ standardSchema: changedSchema, description: 'Once more changes nothing.' })
  async setSong(
    @CurrentSinger() singerProfileId: string,
    @Body({ schema: favoriteSongSchema }) { favorite, ...song }: FavoriteSongChange,
  ) {
    return { changed: await this.favorites.setSong(singerProfileId, song, favorite) };
  }

  @Put('favorites/venues/:venueId')
  @Requires('favorites:create')
  @ApiOperation({ summary: 'Add or remove a favourite venue' })
  @ApiOkResponse({ standardSchema: changedSchema, description: 'Once more changes nothing.' })
  @ApiNotFoundResponse({ description: 'There is no such venue.' })
  async setVenue(
    @CurrentSinger() singerProfileId: string,
    @Param('venueId', ParseUUIDPipe) venueId: string,
    @Body({ schema: favoriteVenueSchema }) { favorite }: FavoriteVenueChange,
  ) {
    return { changed: await this.favorites.setVenue(singerProfileId, venueId, favorite) };
  }
}
