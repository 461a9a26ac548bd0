import { Module, type DynamicModule } from '@nestjs/common';
import type { DatabaseOptions } from '../engine/config/database-options.js';
import { CoreDatabaseModule } from '../engine/module/core-database.module.js';
import { auditCommands } from './audit/audit.commands.js';
import { CheckCommand } from './check.command.js';
import type { CommandClass, CommandGroup } from './command-line/command.js';
import type { HostOptions } from './host-options.js';
import { MaintainCommand } from './maintain.command.js';
import { MigrateCommand } from './migrate.command.js';
import { PsqlCommand } from './psql.command.js';
import { ResetCommand } from './reset.command.js';
import { runningEngine } from './running-server.js';
import { SeedCommand } from './seed.command.js';
import { customerCommands } from './customer.command.js';
import { songsCommands } from './songs.command.js';

/** The commands of `singr-db`, in the order of its help. */
export const commands: readonly (CommandClass | CommandGroup)[] = [
  MigrateCommand,
  SeedCommand,
  CheckCommand,
  MaintainCommand,
  ResetCommand,
  PsqlCommand,
  auditCommands,
  songsCommands,
  customerCommands,
];

/** The commands that need Singr's tables. */
const singrCommands: readonly (CommandClass | CommandGroup)[] = [
  SeedCommand,
  songsCommands,
  customerCommands,
];

const classesOf = (entries: typeof commands) =>
  entries.flatMap((entry) => ('commands' in entry ? entry.commands : [entry]));

/** Provides the commands. Each connects by itself, because some work without a database. */
@Module({})
export class CommandsModule {
  static async forRoot({ core = false, ...tables }: HostOptions): Promise<DynamicModule> {
    const options: DatabaseOptions & { connectOnStart: boolean } = {
      ...tables,
      ...runningEngine(tables),
      connectOnStart: false,
      // Only the command of that name maintains.
      maintenance: false,
      // A command needs the primary alone, and must run when a replica is down.
      replicas: [],
    };
    if (core) {
      const providers = classesOf(commands.filter((entry) => !singrCommands.includes(entry)));
      return {
        module: CommandsModule,
        imports: [CoreDatabaseModule.forRoot(options)],
        providers,
      };
    }
    // Loading a domain's module is enough for Nest to load its entities into every data source.
    const { DatabaseModule } = await import('../database.module.js');
    const { SeedModule } = await import('../../seeds/seed.module.js');
    return {
      module: CommandsModule,
      imports: [DatabaseModule.forRoot(options), SeedModule],
      providers: classesOf(commands),
    };
  }
}

/** Whether a command works without the tables of Singr's. */
export function isForCore(command: CommandClass): boolean {
  return !classesOf(singrCommands).includes(command);
}
