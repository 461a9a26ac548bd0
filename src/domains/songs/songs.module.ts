import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { repositoryProvider } from '../../engine/common/repository-provider.js';
import { songsEntities } from './entities/index.js';
import { SingerRequestHistory } from '../requests/entities/singer-request-history.entity.js';
import { SongDb } from './entities/song-db.entity.js';
import { SongPopularityRepository } from './popularity/song-popularity.repository.js';
import { SongRepository } from './repositories/song.repository.js';
import { CatalogueImport } from './services/catalogue-import.js';
import { CatalogueUploadService } from './services/catalogue-upload.service.js';
import { SongCatalogueService } from './services/song-catalogue.service.js';

/** The systems' song catalogues, and how often songs are requested. */
@Module({
  imports: [TypeOrmModule.forFeature([...songsEntities, SingerRequestHistory])],
  providers: [
    repositoryProvider(SongRepository, SongDb),
    repositoryProvider(SongPopularityRepository, SingerRequestHistory),
    CatalogueImport,
    SongCatalogueService,
    CatalogueUploadService,
  ],
  exports: [SongRepository, SongPopularityRepository, SongCatalogueService, CatalogueUploadService],
})
export class SongsModule {}
