import { Module } from '@nestjs/common';
import { DemoDataSeeder } from './demo-data.seeder.js';
import { ReferenceDataSeeder } from './reference-data.seeder.js';
import { SeedService } from './seed.service.js';

/** Provides `SeedService`. The application must import `DatabaseModule` too. */
@Module({
  providers: [SeedService, ReferenceDataSeeder, DemoDataSeeder],
  exports: [SeedService],
})
export class SeedModule {}
