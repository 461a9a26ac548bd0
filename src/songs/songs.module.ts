import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { repositoryProvider } from '../common/repository-provider.js';
import { SongDb } from './entities/song-db.entity.js';
import { SongRepository } from './repositories/song.repository.js';

/** The systems' song catalogues. */
@Module({
  imports: [TypeOrmModule.forFeature([SongDb])],
  providers: [repositoryProvider(SongRepository, SongDb)],
  exports: [TypeOrmModule, SongRepository],
})
export class SongsModule {}
