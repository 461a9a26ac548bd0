import { Inject, Injectable, Logger } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { ActorContext } from '../src/engine/actor/actor-context.js';
import type { DatabaseDataSource } from '../src/engine/transaction/database.data-source.js';
import { clearData } from './clear-data.js';
import { DemoDataSeeder } from './demo-data.seeder.js';
import { FreshSeedInProductionError, SeedBeforeMigrationError } from './errors.js';
import { ReferenceDataSeeder } from './reference-data.seeder.js';
import { SeedReport } from './seed-report.js';
import type { Seeder } from './seeder.js';

/** A number of our own, so that the lock meets nobody else's: the bytes of "singr_sd". */
const lockKey = '8316299577495876452';

export interface SeedOptions {
  /** First delete all users, roles and permissions, with what belongs to them. */
  fresh?: boolean;
}

/** Fills a migrated database with what the product needs and, outside production, with demo data. */
@Injectable()
export class SeedService {
  private readonly logger = new Logger('Seed');

  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    private readonly referenceData: ReferenceDataSeeder,
    private readonly demoData: DemoDataSeeder,
  ) {}

  /**
   * Refuses what must not be done here, before anything connects.
   *
   * @throws FreshSeedInProductionError
   */
  assertAllowed({ fresh = false }: SeedOptions): void {
    if (fresh && isProduction()) throw new FreshSeedInProductionError();
  }

  /**
   * Adds what is missing, in one transaction: all of it or nothing. A second run writes nothing.
   *
   * @throws FreshSeedInProductionError
   * @throws SeedBeforeMigrationError
   */
  async run({ fresh = false }: SeedOptions = {}): Promise<SeedReport> {
    this.assertAllowed({ fresh });
    const pending = await this.database.pendingMigrations();
    if (pending.length > 0) throw new SeedBeforeMigrationError(pending);

    const seeders: Seeder[] = isProduction()
      ? [this.referenceData]
      : [this.referenceData, this.demoData];
    const report = await ActorContext.run({ name: 'seed' }, () =>
      this.database.transaction(async (manager) => {
        // Two that find the same row missing would both make it: they go one after the other.
        await manager.query(`SELECT pg_advisory_xact_lock(${lockKey})`);
        const collected = new SeedReport();
        if (fresh) await clearData(manager, collected);
        for (const seeder of seeders) await seeder.seed(manager, collected);
        return collected;
      }),
    );
    this.log(report);
    return report;
  }

  private log(report: SeedReport): void {
    for (const line of report.lines()) this.logger.log(line);
    for (const row of report.kept) {
      this.logger.warn(`Somebody changed ${row}: left alone. --fresh would start over.`);
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
