import { Module, type DynamicModule } from '@nestjs/common';
import { InvalidConfigurationError } from '../config/errors.js';
import { defaultActor, type TenantResolver } from './origins/execution-origin.js';
import { checkedOrigin } from './origins/recorded-origin.js';
import type { RequestIdSource } from './origins/request-id.js';
import { resolveDatabaseConfig } from '../config/database.config.js';
import type { PackagedTables } from '../config/packaged-tables.js';
import type {
  DatabaseModuleAsyncOptions,
  DatabaseModuleOptions,
} from './database-module-options.js';
import { REQUEST_OPTIONS, type RequestOptions } from './request-options.js';

export const DATABASE_OPTIONS = Symbol('singr:database-options');
export const DATABASE_CONFIG = Symbol('singr:database-config');

/** Resolves options and environment before the data source connects. */
@Module({})
export class DatabaseConfigModule {
  static register(
    { imports = [], inject, useFactory }: DatabaseModuleAsyncOptions,
    packaged: PackagedTables,
  ): DynamicModule {
    return {
      module: DatabaseConfigModule,
      imports,
      providers: [
        { provide: DATABASE_OPTIONS, inject, useFactory },
        {
          provide: DATABASE_CONFIG,
          inject: [DATABASE_OPTIONS],
          // Reads the environment now, after a ConfigModule of the application has loaded its .env.
          useFactory: (options: DatabaseModuleOptions) => resolveDatabaseConfig(options),
        },
        {
          provide: REQUEST_OPTIONS,
          inject: [DATABASE_OPTIONS],
          useFactory: ({
            actor,
            audit,
            requestId,
            userIds,
            tenancy,
            transaction,
          }: DatabaseModuleOptions): RequestOptions => ({
            actor: actor ?? defaultActor,
            origin: checkedOrigin(audit),
            idSource: checkedIdSource(requestId),
            userIds: userIds ?? packaged.userIds,
            tenants: checkedResolver(tenancy?.resolve),
            transaction: transaction ?? {},
          }),
        },
      ],
      exports: [DATABASE_OPTIONS, DATABASE_CONFIG, REQUEST_OPTIONS],
    };
  }
}

/** @throws InvalidConfigurationError when it is something else than `traceparent` */
function checkedIdSource(source: unknown): RequestIdSource | undefined {
  if (source === undefined || source === 'traceparent') return source;
  throw new InvalidConfigurationError(['the option "requestId" takes traceparent.']);
}

/** @throws InvalidConfigurationError when it is no function */
function checkedResolver(resolve: unknown): TenantResolver | undefined {
  if (resolve === undefined || typeof resolve === 'function') return resolve as TenantResolver;
  throw new InvalidConfigurationError([
    'the option "tenancy.resolve" takes a function that returns the tenants of a request.',
  ]);
}
