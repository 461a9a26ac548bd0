import { Module } from '@nestjs/common';
import { SeedModule } from '../../seeds/seed.module.js';
import { DatabaseModule } from '../database.module.js';
import { AuditCommand, auditSubCommands } from './audit/audit.command.js';
import { CheckCommand } from './check.command.js';
import { MigrateCommand } from './migrate.command.js';
import { PsqlCommand } from './psql.command.js';
import { ResetCommand } from './reset.command.js';
import { SeedCommand } from './seed.command.js';
import { SongsCommand, songsSubCommands } from './songs.command.js';

/** The commands. Each connects by itself, so that `--help` needs no database. */
@Module({
  imports: [DatabaseModule.forRoot({ connectOnStart: false }), SeedModule],
  providers: [
    MigrateCommand,
    SeedCommand,
    CheckCommand,
    ResetCommand,
    PsqlCommand,
    AuditCommand,
    ...auditSubCommands,
    SongsCommand,
    ...songsSubCommands,
  ],
})
export class CommandsModule {}
