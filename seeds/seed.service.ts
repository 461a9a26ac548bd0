import { Inject, Injectable, Logger } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { ActorContext } from '../src/engine/actor/actor-context.js';
import type { DatabaseDataSource } from '../src/engine/transaction/database.data-source.js';
import { clearData } from './clear-data.js';
import { DemoDataSeeder } from './demo-data.seeder.js';
import {
  DemoSeedInProductionError,
  FreshSeedInProductionError,
  SeedBeforeMigrationError,
} from './errors.js';
import { isOnThisMachine } from './is-on-this-machine.js';
import { ReferenceDataSeeder } from './reference-data.seeder.js';
import { SeedReport } from './seed-report.js';
import type { Seeder } from './seeder.js';

/** The key of the advisory lock: the bytes of "singr_sd", so that it collides with no other program's. */
const lockKey = '8316299577495876452';

export interface SeedOptions {
  /** Whether to first delete all users, roles and permissions, with their data. Default: false. */
  fresh?: boolean;
  /**
   * Whether to add demo accounts and their data. Default: outside production, where the database is on this
   * machine.
   */
  demo?: boolean;
}

/** Adds reference data to a migrated database and, for development, demo data. */
@Injectable()
export class SeedService {
  private readonly logger = new Logger('Seed');

  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    private readonly referenceData: ReferenceDataSeeder,
    private readonly demoData: DemoDataSeeder,
  ) {}

  /**
   * Refuses `fresh` and `demo` in production. It needs no connection.
   *
   * @throws FreshSeedInProductionError
   * @throws DemoSeedInProductionError
   */
  assertAllowed({ fresh = false, demo = false }: SeedOptions): void {
    if (!isProduction()) return;
    if (fresh) throw new FreshSeedInProductionError();
    if (demo) throw new DemoSeedInProductionError();
  }

  /**
   * Adds missing rows, in one transaction. A second run writes nothing.
   *
   * @throws FreshSeedInProductionError
   * @throws DemoSeedInProductionError
   * @throws SeedBeforeMigrationError
   */
  async run(options: SeedOptions = {}): Promise<SeedReport> {
    this.assertAllowed(options);
    const pending = await this.database.pendingMigrations();
    if (pending.length > 0) throw new SeedBeforeMigrationError(pending);

    const seeders: Seeder[] = [this.referenceData];
    if (await this.hasDemoData(options)) seeders.push(this.demoData);
    const report = await ActorContext.run({ name: 'seed' }, () =>
      this.database.transaction(async (manager) => {
        // One run at a time: two runs that miss the same row would both insert it.
        await manager.query(`SELECT pg_advisory_xact_lock(${lockKey})`);
        const collected = new SeedReport();
        if (options.fresh) await clearData(manager, collected);
        for (const seeder of seeders) await seeder.seed(manager, collected);
        return collected;
      }),
    );
    this.log(report);
    return report;
  }

  private async hasDemoData({ demo }: SeedOptions): Promise<boolean> {
    if (demo !== undefined) return demo;
    if (isProduction()) return false;
    if (await isOnThisMachine(this.database)) return true;
    this.logger.log(
      'No demo accounts are added, because the database is on another machine. Use --demo to add them.',
    );
    return false;
  }

  private log(report: SeedReport): void {
    for (const line of report.lines()) this.logger.log(line);
    for (const row of report.kept) {
      this.logger.warn(
        `${row} was changed since it was seeded, and is left unchanged. Use --fresh to start over.`,
      );
    }
    if (report.credentials.length > 0) this.logger.log('Demo accounts:');
    for (const { label, email, password } of report.credentials) {
      this.logger.log(`  ${label}: ${email} / ${password}`);
    }
  }
}

function isProduction(): boolean {
  return process.env.NODE_ENV === 'production';
}
