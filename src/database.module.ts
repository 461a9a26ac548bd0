import { Module, type DynamicModule } from '@nestjs/common';
import { BillingModule } from './domains/billing/billing.module.js';
import { BrandingModule } from './domains/branding/branding.module.js';
import { EntityRepositoriesModule } from './domains/entity-repositories.module.js';
import { IdentityModule } from './domains/identity/identity.module.js';
import { OrganizationsModule } from './domains/organizations/organizations.module.js';
import { RequestsModule } from './domains/requests/requests.module.js';
import { SongsModule } from './domains/songs/songs.module.js';
import { VenuesModule } from './domains/venues/venues.module.js';
import { CoreDatabaseModule } from './engine/module/core-database.module.js';
import type {
  DatabaseModuleAsyncOptions,
  DatabaseModuleOptions,
} from './engine/module/database-module-options.js';
import { singrTables } from './singr-tables.js';

const domainModules = [
  IdentityModule,
  BillingModule,
  OrganizationsModule,
  VenuesModule,
  SongsModule,
  RequestsModule,
  BrandingModule,
];

/**
 * The database of a Nest application: connection, entities, repositories, and an actor and a
 * transaction for every request. Imported once; its repositories are injectable everywhere.
 */
@Module({})
export class DatabaseModule {
  static forRoot(options: DatabaseModuleOptions = {}): DynamicModule {
    return DatabaseModule.forRootAsync({ useFactory: () => options });
  }

  static forRootAsync(options: DatabaseModuleAsyncOptions): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      imports: [
        CoreDatabaseModule.withTables(singrTables, options),
        EntityRepositoriesModule,
        ...domainModules,
      ],
      exports: [CoreDatabaseModule, ...domainModules],
    };
  }
}
