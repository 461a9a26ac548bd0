import { Module, type DynamicModule } from '@nestjs/common';
import { SeedModule } from '../../seeds/seed.module.js';
import type { DatabaseOptions } from '../engine/config/database-options.js';
import { DatabaseModule } from '../database.module.js';
import { auditCommands } from './audit/audit.commands.js';
import { CheckCommand } from './check.command.js';
import type { CommandClass, CommandGroup } from './command-line/command.js';
import { MigrateCommand } from './migrate.command.js';
import { PsqlCommand } from './psql.command.js';
import { ResetCommand } from './reset.command.js';
import { SeedCommand } from './seed.command.js';
import { songsCommands } from './songs.command.js';

/** The commands of `singr-db`, in the order of its help. */
export const commands: readonly (CommandClass | CommandGroup)[] = [
  MigrateCommand,
  SeedCommand,
  CheckCommand,
  ResetCommand,
  PsqlCommand,
  auditCommands,
  songsCommands,
];

/** Provides the commands. Each connects by itself, because some work without a database. */
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
