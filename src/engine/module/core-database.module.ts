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
import { MaintenanceService } from '../maintenance/maintenance.service.js';
import { MaintenanceTimer } from '../maintenance/maintenance.timer.js';
import { PurgeRegistry } from '../maintenance/purge-registry.js';
import {
  dataSourceOptions,
  type DatabaseDataSourceOptions,
} from '../connection/data-source-options.js';
import { DatabaseDataSource } from '../transaction/database.data-source.js';
import { DataSourceConflictError } from '../connection/errors.js';
import { coreTables } from './core-tables.js';
import {
  DATABASE_CONFIG,
  DATABASE_OPTIONS,
  DatabaseConfigModule,
} from './database-config.module.js';
import { DatabaseGauges } from './database-gauges.js';
import { DatabaseHealthIndicator } from './database.health-indicator.js';
import { IdempotencyModule } from './idempotency.module.js';
import type {
  DatabaseModuleAsyncOptions,
  DatabaseModuleOptions,
} from './database-module-options.js';
import { MessageHandlers } from './message-handlers.js';
import { openOrigins } from './origins/http-origins.js';
import { openSocketOrigins } from './origins/socket-origins.js';
import { callerKeyOf } from './overload/caller-key.js';
import { REQUEST_OPTIONS, type RequestOptions } from './request-options.js';
import { RequestTransactionInterceptor } from './request-transaction.interceptor.js';
import { StartLogger } from './start.logger.js';

/**
 * The database module for an application with its own tables: connection, an actor and a transaction for each
 * request, and the audit trail. It creates no table but that of the audit trail, and needs no PostgreSQL
 * extension.
 */
@Module({})
export class CoreDatabaseModule implements NestModule, OnModuleInit {
  private options: RequestOptions | undefined;

  /** @throws DataSourceConflictError when the application has another data source without a name */
  constructor(
    @Inject(ModulesContainer) private readonly modules: ModulesContainer,
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
    @Inject(ModuleRef) private readonly moduleRef: ModuleRef,
  ) {
    // Checked before providers are created, because a provider that gets the other data source might fail
    // first.
    const global = this.modulesWithDataSource().filter(({ isGlobal }) => isGlobal);
    if (global.length > 1) throw new DataSourceConflictError();
    this.openOrigins();
    // Nest does not provide the ApplicationConfig for injection. `main.ts` sets the WebSocket adapter there
    // later.
    const config = moduleRef['container'].applicationConfig;
    if (config !== undefined) openSocketOrigins(config);
  }

  /** Nest calls this before it registers middleware. A testing module has its HTTP adapter only now. */
  configure(): void {
    this.openOrigins();
  }

  private openOrigins(): void {
    const { httpAdapter } = this.adapterHost;
    // A microservice has no HTTP adapter.
    if (httpAdapter) openOrigins(httpAdapter, () => this.idSource());
  }

  /** The options are there once the application handles requests. */
  private idSource(): RequestOptions['idSource'] {
    this.options ??= this.moduleRef.get<RequestOptions>(REQUEST_OPTIONS, { strict: false });
    return this.options.idSource;
  }

  /** @throws DataSourceConflictError when a module provides another data source that is not global */
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

  /** The module with the given tables of the package. */
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
            // The data source retries by itself, and its error says what is wrong in one message.
            toRetry: () => false,
          }),
          dataSourceFactory: async (settings) => {
            const dataSource = new DatabaseDataSource(settings as DatabaseDataSourceOptions);
            dataSource.callerKey = callerKeyOf(dataSource.config.overload);
            return dataSource;
          },
        }),
        AuditModule,
        IdempotencyModule,
      ],
      providers: [
        DatabaseHealthIndicator,
        DatabaseGauges,
        StartLogger,
        PurgeRegistry,
        MaintenanceService,
        MaintenanceTimer,
        RequestTransactionInterceptor,
        { provide: APP_INTERCEPTOR, useExisting: RequestTransactionInterceptor },
        MessageHandlers,
      ],
      exports: [
        DatabaseHealthIndicator,
        PurgeRegistry,
        MaintenanceService,
        AuditModule,
        IdempotencyModule,
      ],
    };
  }
}
