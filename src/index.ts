export { DatabaseModule } from './database.module.js';
export { dataSourceOptions } from './data-source-options.js';
export { entities } from './domains/entities.js';
export {
  demoAccounts,
  SeedModule,
  SeedReport,
  SeedService,
  type DemoCredential,
  type SeedOptions,
  type TableTally,
} from '../seeds/index.js';
export {
  DemoSeedInProductionError,
  FreshSeedInProductionError,
  SeedBeforeMigrationError,
} from '../seeds/index.js';

export * from './engine/index.js';
export * from './cells/index.js';
export * from './domains/identity/index.js';
export * from './domains/billing/index.js';
export * from './domains/keys/index.js';
export * from './domains/organizations/index.js';
export * from './domains/venues/index.js';
export * from './domains/songs/index.js';
export * from './domains/requests/index.js';
export * from './domains/branding/index.js';
