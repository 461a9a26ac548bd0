import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { repositoryProvider } from '../../engine/common/repository-provider.js';
import { requestsEntities } from './entities/index.js';
import { Request } from './entities/request.entity.js';
import { SingerRequestHistory } from './entities/singer-request-history.entity.js';
import { FavoritesService } from './services/favorites.service.js';
import { RequestRepository } from './repositories/request.repository.js';
import { SingerRequestHistoryRepository } from './repositories/singer-request-history.repository.js';
import { RequestService } from './services/request.service.js';

/** What singers ask to sing, and what they keep. */
@Module({
  imports: [TypeOrmModule.forFeature(requestsEntities)],
  providers: [
    repositoryProvider(RequestRepository, Request),
    repositoryProvider(SingerRequestHistoryRepository, SingerRequestHistory),
    RequestService,
    FavoritesService,
  ],
  exports: [RequestRepository, SingerRequestHistoryRepository, RequestService, FavoritesService],
})
export class RequestsModule {}
