import { Inject } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { Command, CommandRunner, Option } from './command-line/command.js';
import { SeedService } from '../../seeds/seed.service.js';
import type { DatabaseDataSource } from '../engine/connection/database.data-source.js';
import { withDatabase } from './with-database.js';

@Command({
  name: 'seed',
  description:
    'Add roles, permissions and the platform’s branding and, outside production, demo data.',
})
export class SeedCommand extends CommandRunner {
  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    private readonly seeds: SeedService,
  ) {
    super();
  }

  override async run(_arguments: string[], { fresh }: { fresh?: boolean } = {}): Promise<void> {
    this.seeds.assertAllowed({ fresh });
    await withDatabase(this.database, () => this.seeds.run({ fresh }));
  }

  @Option({
    flags: '--fresh',
    description:
      'first delete all users, roles and permissions, with what belongs to them (never in production)',
  })
  parseFresh(): boolean {
    return true;
  }
}
