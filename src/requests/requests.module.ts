import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { repositoryProvider } from '../common/repository-provider.js';
import { Request } from './entities/request.entity.js';
import { SingerFavoriteSong } from './entities/singer-favorite-song.entity.js';
import { SingerFavoriteVenue } from './entities/singer-favorite-venue.entity.js';
import { SingerRequestHistory } from './entities/singer-request-history.entity.js';
import { FavoritesService } from './favorites.service.js';
import { RequestRepository } from './repositories/request.repository.js';
import { SingerRequestHistoryRepository } from './repositories/singer-request-history.repository.js';
import { RequestService } from './request.service.js';

/** What singers ask to sing, and what they keep. */
@Module({
  imports: [
    TypeOrmModule.forFeature([
      Request,
      SingerFavoriteSong,
      SingerFavoriteVenue,
      SingerRequestHistory,
    ]),
  ],
  providers: [
    repositoryProvider(RequestRepository, Request),
    repositoryProvider(SingerRequestHistoryRepository, SingerRequestHistory),
    RequestService,
    FavoritesService,
  ],
  exports: [RequestRepository, SingerRequestHistoryRepository, RequestService, FavoritesService],
})
export class RequestsModule {}
