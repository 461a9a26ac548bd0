import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { repositoryProvider } from '../../engine/common/repository-provider.js';
import { requestsEntities } from './entities/index.js';
import { Request } from './entities/request.entity.js';
import { SingerFavoriteSong } from './entities/singer-favorite-song.entity.js';
import { SingerFavoriteVenue } from './entities/singer-favorite-venue.entity.js';
import { SingerRequestHistory } from './entities/singer-request-history.entity.js';
import { FavoritesService } from './services/favorites.service.js';
import { RequestRepository } from './repositories/request.repository.js';
import { SingerFavoriteSongRepository } from './repositories/singer-favorite-song.repository.js';
import { SingerFavoriteVenueRepository } from './repositories/singer-favorite-venue.repository.js';
import { SingerRequestHistoryRepository } from './repositories/singer-request-history.repository.js';
import { RequestService } from './services/request.service.js';

/** Singers' song requests, their history, and their favourites. */
@Module({
  imports: [TypeOrmModule.forFeature(requestsEntities)],
  providers: [
    repositoryProvider(RequestRepository, Request),
    repositoryProvider(SingerRequestHistoryRepository, SingerRequestHistory),
    repositoryProvider(SingerFavoriteSongRepository, SingerFavoriteSong),
    repositoryProvider(SingerFavoriteVenueRepository, SingerFavoriteVenue),
    RequestService,
    FavoritesService,
  ],
  exports: [RequestRepository, SingerRequestHistoryRepository, RequestService, FavoritesService],
})
export class RequestsModule {}
