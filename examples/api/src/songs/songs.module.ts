import { Module } from '@nestjs/common';
import { VenuesApiModule } from '../venues/venues.module.js';
import { SongsController } from './songs.controller.js';

@Module({ imports: [VenuesApiModule], controllers: [SongsController] })
export class SongsApiModule {}
