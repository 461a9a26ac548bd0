import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DatabaseModule } from '@singr/database';
import { UserGuard } from './auth/user.guard.js';
import { CrmModule } from './crm/crm.module.js';
import { migrations, otherTables } from './database.js';
import { NotesController } from './notes/notes.controller.js';
import { SongNote } from './notes/song-note.entity.js';
import { VenuesController } from './venues/venues.controller.js';

@Module({
  imports: [
    DatabaseModule.forRoot({ migrations, otherTables, unattributedWrites: 'reject' }),
    TypeOrmModule.forFeature([SongNote]),
    ...(process.env.CRM_DATABASE_URL ? [CrmModule] : []),
  ],
  controllers: [VenuesController, NotesController],
  providers: [{ provide: APP_GUARD, useClass: UserGuard }],
})
export class AppModule {}
