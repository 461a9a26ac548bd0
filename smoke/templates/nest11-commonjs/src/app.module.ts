import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { DatabaseModule } from '@singr/database';
import { UserGuard } from './auth/user.guard';
import { VenuesController } from './venues/venues.controller';

@Module({
  imports: [DatabaseModule.forRoot({ unattributedWrites: 'reject' })],
  controllers: [VenuesController],
  providers: [{ provide: APP_GUARD, useClass: UserGuard }],
})
export class AppModule {}
