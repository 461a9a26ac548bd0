import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { DatabaseModule } from '@singr/database';
import { AuditPageModule } from '@singr/database/audit-page';
import { UserGuard } from './auth/user.guard.js';
import { VenuesController } from './venues/venues.controller.js';

@Module({
  imports: [
    DatabaseModule.forRoot({ unattributedWrites: 'reject' }),
    AuditPageModule.forRoot({
      path: 'audit',
      can: ({ user }) => user && { read: true, undo: true },
    }),
  ],
  controllers: [VenuesController],
  providers: [{ provide: APP_GUARD, useClass: UserGuard }],
})
export class AppModule {}
