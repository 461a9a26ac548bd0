import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { repositoryProvider } from '../../engine/common/repository-provider.js';
import { songsEntities } from './entities/index.js';
import { SongDb } from './entities/song-db.entity.js';
import { SongRepository } from './repositories/song.repository.js';
import { SongCatalogueService } from './services/song-catalogue.service.js';

/** The systems' song catalogues. */
@Module({
  imports: [TypeOrmModule.forFeature(songsEntities)],
  providers: [repositoryProvider(SongRepository, SongDb), SongCatalogueService],
  exports: [SongRepository, SongCatalogueService],
})
export class SongsModule {}
