import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { SeedModule } from '../../seeds/seed.module.js';
import type { DatabaseOptions } from '../engine/config/database-options.js';
import { DatabaseModule } from '../database.module.js';
import { auditCommands } from './audit/audit.commands.js';
import { CheckCommand } from './check.command.js';
import type { CommandGroup, CommandRunner } from './command-line/command.js';
import { MigrateCommand } from './migrate.command.js';
import { PsqlCommand } from './psql.command.js';
import { ResetCommand } from './reset.command.js';
import { SeedCommand } from './seed.command.js';
import { songsCommands } from './songs.command.js';

/** What `singr-db` can do. */
export const commands: readonly (Type<CommandRunner> | CommandGroup)[] = [
  MigrateCommand,
  SeedCommand,
  CheckCommand,
  ResetCommand,
  PsqlCommand,
  auditCommands,
  songsCommands,
];

/** The commands as providers. Each connects by itself, as some work without a database. */
@Module({})
export class CommandsModule {
  static forRoot(options: DatabaseOptions): DynamicModule {
    return {
      module: CommandsModule,
      imports: [DatabaseModule.forRoot({ ...options, connectOnStart: false }), SeedModule],
      providers: commands.flatMap((entry) => ('commands' in entry ? entry.commands : [entry])),
    };
  }
}
