import { Module, StandardSchemaValidationPipe } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { AuditApiModule } from './audit/audit.module.js';
import { AuditPageModule } from './audit-page/audit-page.module.js';
import { AuthModule } from './auth/auth.module.js';
import { HealthModule } from './health/health.module.js';
import { DatabaseExceptionFilter } from './http/database-exception.filter.js';
import { SessionsModule } from './sessions/sessions.module.js';
import { VenuesApiModule } from './venues/venues.module.js';

/** The whole API. It needs a `DatabaseModule` beside it, whichever database that is on. */
@Module({
  imports: [
    AuthModule,
    SessionsModule,
    VenuesApiModule,
    AuditPageModule,
    AuditApiModule,
    HealthModule,
  ],
  providers: [
    { provide: APP_PIPE, useClass: StandardSchemaValidationPipe },
    { provide: APP_FILTER, useClass: DatabaseExceptionFilter },
  ],
})
export class ApiModule {}
