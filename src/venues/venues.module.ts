import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { repositoryProvider } from '../common/repository-provider.js';
import { State } from './entities/state.entity.js';
import { System } from './entities/system.entity.js';
import { Venue } from './entities/venue.entity.js';
import { SystemRepository } from './repositories/system.repository.js';
import { VenueRepository } from './repositories/venue.repository.js';

/** Where a customer runs karaoke, and with what. */
@Module({
  imports: [TypeOrmModule.forFeature([Venue, System, State])],
  providers: [
    repositoryProvider(VenueRepository, Venue),
    repositoryProvider(SystemRepository, System),
  ],
  exports: [TypeOrmModule, VenueRepository, SystemRepository],
})
export class VenuesModule {}
