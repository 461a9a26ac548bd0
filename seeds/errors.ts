import { StartupError } from '../src/engine/common/errors/startup.error.js';

/** Clearing before seeding was asked for in production. Nothing was touched. */
export class FreshSeedInProductionError extends StartupError {
  readonly code = 'FRESH_SEED_IN_PRODUCTION';

  constructor() {
    super(
      'Seeding with --fresh deletes every user, and NODE_ENV is "production": refused, and nothing was touched. ' +
        'Seed without --fresh, which only adds what is missing.',
    );
  }
}

/** The tables are not there yet, or not as this version has them. Nothing was touched. */
export class SeedBeforeMigrationError extends StartupError {
  readonly code = 'SEED_BEFORE_MIGRATION';

  constructor(readonly pendingMigrations: readonly string[]) {
    super(
      `The database lacks ${pendingMigrations.length} migration(s), the first is ${pendingMigrations[0]}. ` +
        'Apply them first: npx singr-db migrate (in the package’s own repository: npm run db:migrate:deploy).',
    );
  }
}
