import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditPageModule } from '@singr/database/audit-page';
import { CoreDatabaseModule } from '@singr/database/core';
import { UserGuard } from './auth/user.guard.js';
import { entities, migrations } from './database.js';
import { Session } from './users/session.entity.js';
import { User } from './users/user.entity.js';
import { UsersController } from './users/users.controller.js';

@Module({
  imports: [
    CoreDatabaseModule.forRoot({ entities, migrations, unattributedWrites: 'reject' }),
    TypeOrmModule.forFeature([User, Session]),
    AuditPageModule.forRoot({
      path: 'audit',
      can: ({ user }) => user && { read: true, undo: true },
    }),
  ],
  controllers: [UsersController],
  providers: [{ provide: APP_GUARD, useClass: UserGuard }],
})
export class AppModule {}
