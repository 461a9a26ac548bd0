export { demoAccounts } from './demo-accounts.js';
export {
  DemoSeedInProductionError,
  FreshSeedInProductionError,
  SeedBeforeMigrationError,
} from './errors.js';
export { SeedModule } from './seed.module.js';
export { SeedReport, type DemoCredential, type TableTally } from './seed-report.js';
export { SeedService, type SeedOptions } from './seed.service.js';
