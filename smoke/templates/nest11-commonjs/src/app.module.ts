import { Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { DatabaseModule } from '@singr/database';
import { AroundController } from './around/around.controller';
import { WritingFilter, WritingInterceptor } from './around/writers';
import { UserGuard } from './auth/user.guard';
import { VenuesController } from './venues/venues.controller';

@Module({
  imports: [DatabaseModule.forRoot({ unattributedWrites: 'reject' })],
  controllers: [VenuesController, AroundController],
  providers: [
    { provide: APP_GUARD, useClass: UserGuard },
    { provide: APP_INTERCEPTOR, useClass: WritingInterceptor },
    { provide: APP_FILTER, useClass: WritingFilter },
  ],
})
export class AppModule {}
