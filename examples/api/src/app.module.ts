import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { DatabaseModule, SeedModule } from '@singr/database';
import { LoggerModule } from 'nestjs-pino';
import { ApiModule } from './api.module.js';
import { actorOf, callerOf } from './auth/api-request.js';
import { loggerParams } from './start-up/logging.js';

@Module({
  imports: [
    // Reads .env. Variables that are already set override it.
    ConfigModule.forRoot(),
    LoggerModule.forRootAsync({ useFactory: () => loggerParams() }),
    DatabaseModule.forRoot({
      migrate: true,
      applicationName: 'singr-example-api',
      actor: actorOf,
      overload: { key: callerOf },
    }),
    SeedModule,
    ApiModule,
  ],
})
export class AppModule {}
