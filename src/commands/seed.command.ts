import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { confirm, confirmOption } from './confirm.js';
import type { CommandRunner, CommandUsage, InputOf } from './command-line/command.js';
import { SeedService } from '../../seeds/seed.service.js';
import type { DatabaseDataSource } from '../engine/transaction/database.data-source.js';
import { withDatabase } from './with-database.js';

@Injectable()
export class SeedCommand implements CommandRunner {
  static readonly usage = {
    name: 'seed',
    description:
      'Add roles, permissions and the platform’s branding and, for development on this machine, demo data.',
    options: {
      fresh: {
        flag: '--fresh',
        text: 'first delete all users, roles and permissions, with their data (refused in production)',
      },
      demo: {
        flag: '--demo',
        text: 'add demo accounts also where the database is on another machine (refused in production)',
      },
      ...confirmOption,
    },
  } satisfies CommandUsage;

  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    private readonly seeds: SeedService,
  ) {}

  async run({ yes, ...options }: InputOf<typeof SeedCommand.usage>): Promise<void> {
    this.seeds.assertAllowed(options);
    if (options.fresh) {
      await confirm(
        'This deletes all users, roles and permissions, with their data',
        this.database,
        yes,
      );
    }
    await withDatabase(this.database, () => this.seeds.run(options));
  }
}
