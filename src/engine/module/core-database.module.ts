import {
  Inject,
  Module,
  type DynamicModule,
  type NestModule,
  type OnModuleInit,
} from '@nestjs/common';
import { APP_INTERCEPTOR, HttpAdapterHost, ModuleRef, ModulesContainer } from '@nestjs/core';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import type { DatabaseConfig } from '../config/database.config.js';
import type { PackagedTables } from '../config/packaged-tables.js';
import {
  dataSourceOptions,
  type DatabaseDataSourceOptions,
} from '../connection/data-source-options.js';
import { DatabaseDataSource } from '../connection/database.data-source.js';
import { DataSourceConflictError } from '../connection/errors.js';
import { coreTables } from './core-tables.js';
import {
  DATABASE_CONFIG,
  DATABASE_OPTIONS,
  DatabaseConfigModule,
} from './database-config.module.js';
import { DatabaseHealthIndicator } from './database.health-indicator.js';
import type {
  DatabaseModuleAsyncOptions,
  DatabaseModuleOptions,
} from './database-module-options.js';
import { MessageHandlers } from './message-handlers.js';
import { openOrigins } from './origins/http-origins.js';
import { openSocketOrigins } from './origins/socket-origins.js';
import { RequestTransactionInterceptor } from './request-transaction.interceptor.js';
import { StartLogger } from './start.logger.js';

/**
 * The database of a Nest application with tables of its own: connection, an actor and a transaction for every
 * request, and the audit trail. It brings no table but the trail's, and needs no extension of PostgreSQL.
 */
@Module({})
export class CoreDatabaseModule implements NestModule, OnModuleInit {
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
    return CoreDatabaseModule.forRootAsync({ useFactory: () => options });
  }

  static forRootAsync(options: DatabaseModuleAsyncOptions): DynamicModule {
    return CoreDatabaseModule.withTables(coreTables, options);
  }

  /** The module with more tables of the package than the trail's. */
  static withTables(packaged: PackagedTables, options: DatabaseModuleAsyncOptions): DynamicModule {
    const configModule = DatabaseConfigModule.register(options, packaged);
    return {
      module: CoreDatabaseModule,
      global: true,
      imports: [
        configModule,
        TypeOrmModule.forRootAsync({
          imports: [configModule],
          inject: [DATABASE_CONFIG, DATABASE_OPTIONS],
          useFactory: (config: DatabaseConfig, { connectOnStart }: DatabaseModuleOptions) => ({
            ...dataSourceOptions(config, packaged),
            autoLoadEntities: true,
            manualInitialization: connectOnStart === false,
            // The data source waits for its database by itself, and says in one message what is wrong.
            toRetry: () => false,
          }),
          dataSourceFactory: async (settings) =>
            new DatabaseDataSource(settings as DatabaseDataSourceOptions),
        }),
        AuditModule,
      ],
      providers: [
        DatabaseHealthIndicator,
        StartLogger,
        RequestTransactionInterceptor,
        { provide: APP_INTERCEPTOR, useExisting: RequestTransactionInterceptor },
        MessageHandlers,
      ],
      exports: [DatabaseHealthIndicator, AuditModule],
    };
  }
}
