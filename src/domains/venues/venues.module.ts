import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { repositoryProvider } from '../../engine/common/repository-provider.js';
import { SongsModule } from '../songs/songs.module.js';
import { venuesEntities } from './entities/index.js';
import { State } from './entities/state.entity.js';
import { System } from './entities/system.entity.js';
import { Venue } from './entities/venue.entity.js';
import { StateRepository } from './repositories/state.repository.js';
import { SystemRepository } from './repositories/system.repository.js';
import { VenueRepository } from './repositories/venue.repository.js';
import { SystemService } from './services/system.service.js';
import { VenueService } from './services/venue.service.js';

/** Venues, and the systems that customers run in them. */
@Module({
  imports: [TypeOrmModule.forFeature(venuesEntities), SongsModule],
  providers: [
    repositoryProvider(VenueRepository, Venue),
    repositoryProvider(SystemRepository, System),
    repositoryProvider(StateRepository, State),
    VenueService,
    SystemService,
  ],
  exports: [VenueRepository, SystemRepository, StateRepository, VenueService, SystemService],
})
export class VenuesModule {}
