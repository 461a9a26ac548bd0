import { StartupError } from '../src/engine/common/errors/startup.error.js';

/** `fresh` was used in production. Nothing was changed. */
export class FreshSeedInProductionError extends StartupError {
  readonly code = 'FRESH_SEED_IN_PRODUCTION';

  constructor() {
    super(
      'Seeding with --fresh deletes every user. It is refused, because NODE_ENV is "production". Nothing was changed. ' +
        'Seed without --fresh, which only adds missing rows.',
    );
  }
}

/** `demo` was used in production. Nothing was changed. */
export class DemoSeedInProductionError extends StartupError {
  readonly code = 'DEMO_SEED_IN_PRODUCTION';

  constructor() {
    super(
      'Seeding with --demo creates accounts with well-known passwords. It is refused, because NODE_ENV is "production". ' +
        'Nothing was changed. Seed without --demo, which only adds reference data.',
    );
  }
}

/** Migrations of this version are pending. Nothing was changed. */
export class SeedBeforeMigrationError extends StartupError {
  readonly code = 'SEED_BEFORE_MIGRATION';

  constructor(readonly pendingMigrations: readonly string[]) {
    super(
      `${pendingMigrations.length} migration(s) are pending, the first is ${pendingMigrations[0]}. ` +
        'Apply them first: npx singr-db migrate (in the repository of this package: npm run db:migrate:deploy).',
    );
  }
}
