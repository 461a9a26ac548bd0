import {
  Inject,
  Module,
  type DynamicModule,
  type NestModule,
  type OnModuleInit,
} from '@nestjs/common';
import { APP_INTERCEPTOR, HttpAdapterHost, ModuleRef, ModulesContainer } from '@nestjs/core';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import { openOrigins } from './engine/module/origins/http-origins.js';
import { openSocketOrigins } from './engine/module/origins/socket-origins.js';
import { AuditModule } from './engine/audit/audit.module.js';
import { BillingModule } from './domains/billing/billing.module.js';
import { BrandingModule } from './domains/branding/branding.module.js';
import type { DatabaseConfig } from './engine/config/database.config.js';
import {
  dataSourceOptions,
  type DatabaseDataSourceOptions,
} from './engine/connection/data-source-options.js';
import { DatabaseDataSource } from './engine/connection/database.data-source.js';
import { DataSourceConflictError } from './engine/connection/errors.js';
import {
  DATABASE_CONFIG,
  DATABASE_OPTIONS,
  DatabaseConfigModule,
} from './engine/module/database-config.module.js';
import type {
  DatabaseModuleAsyncOptions,
  DatabaseModuleOptions,
} from './engine/module/database-module-options.js';
import { EntityRepositoriesModule } from './domains/entity-repositories.module.js';
import { DatabaseHealthIndicator } from './engine/module/database.health-indicator.js';
import { IdentityModule } from './domains/identity/identity.module.js';
import { StartLogger } from './engine/module/start.logger.js';
import { OrganizationsModule } from './domains/organizations/organizations.module.js';
import { RequestsModule } from './domains/requests/requests.module.js';
import { SongsModule } from './domains/songs/songs.module.js';
import { MessageHandlers } from './engine/module/message-handlers.js';
import { RequestTransactionInterceptor } from './engine/module/request-transaction.interceptor.js';
import { VenuesModule } from './domains/venues/venues.module.js';

const domainModules = [
  IdentityModule,
  BillingModule,
  OrganizationsModule,
  VenuesModule,
  SongsModule,
  RequestsModule,
  BrandingModule,
  AuditModule,
];

/**
 * The database of a Nest application: connection, entities, repositories, and an actor and a
 * transaction for every request. Imported once; its repositories are injectable everywhere.
 */
@Module({})
export class DatabaseModule implements NestModule, OnModuleInit {
  /** @throws DataSourceConflictError when the application has another data source without a name */
  constructor(
    @Inject(ModulesContainer) private readonly modules: ModulesContainer,
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
    @Inject(ModuleRef) moduleRef: ModuleRef,
  ) {
    // Before anything is made: else what gets the other data source may fail first, of not being this one.
    const global = this.modulesWithDataSource().filter(({ isGlobal }) => isGlobal);
    if (global.length > 1) throw new DataSourceConflictError();
    this.openOrigins();
    // Nest gives it to no provider. It has the adapter of WebSockets, which `main.ts` chooses later.
    const config = moduleRef['container'].applicationConfig;
    if (config !== undefined) openSocketOrigins(config);
  }

  /** Called by Nest before the middleware of modules: a testing module has its adapter by now. */
  configure(): void {
    this.openOrigins();
  }

  private openOrigins(): void {
    const { httpAdapter } = this.adapterHost;
    // A microservice has none.
    if (httpAdapter) openOrigins(httpAdapter);
  }

  /** @throws DataSourceConflictError for one that a module has to itself */
  onModuleInit(): void {
    for (const { providers } of this.modulesWithDataSource()) {
      const dataSource: unknown = providers.get(getDataSourceToken())!.instance;
      if (dataSource !== undefined && !(dataSource instanceof DatabaseDataSource)) {
        throw new DataSourceConflictError();
      }
    }
  }

  private modulesWithDataSource() {
    return [...this.modules.values()].filter(({ providers }) =>
      providers.has(getDataSourceToken()),
    );
  }

  static forRoot(options: DatabaseModuleOptions = {}): DynamicModule {
    return DatabaseModule.forRootAsync({ useFactory: () => options });
  }

  static forRootAsync(options: DatabaseModuleAsyncOptions): DynamicModule {
    const configModule = DatabaseConfigModule.register(options);
    return {
      module: DatabaseModule,
      global: true,
      imports: [
        configModule,
        TypeOrmModule.forRootAsync({
          imports: [configModule],
          inject: [DATABASE_CONFIG, DATABASE_OPTIONS],
          useFactory: (config: DatabaseConfig, { connectOnStart }: DatabaseModuleOptions) => ({
            ...dataSourceOptions(config),
            autoLoadEntities: true,
            manualInitialization: connectOnStart === false,
            // The data source waits for its database by itself, and says in one message what is wrong.
            toRetry: () => false,
          }),
          dataSourceFactory: async (settings) =>
            new DatabaseDataSource(settings as DatabaseDataSourceOptions),
        }),
        EntityRepositoriesModule,
        ...domainModules,
      ],
      providers: [
        DatabaseHealthIndicator,
        StartLogger,
        RequestTransactionInterceptor,
        { provide: APP_INTERCEPTOR, useExisting: RequestTransactionInterceptor },
        MessageHandlers,
      ],
      exports: [DatabaseHealthIndicator, ...domainModules],
    };
  }
}
