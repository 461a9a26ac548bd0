import { Module, StandardSchemaValidationPipe } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { OverloadFilter, OverloadGuard } from '@singr/database';
import { ApiKeysApiModule } from './api-keys/api-keys.module.js';
import { AuditModule } from './audit/audit.module.js';
import { AuthModule } from './auth/auth.module.js';
import { CataloguesApiModule } from './catalogues/catalogues.module.js';
import { HealthModule } from './health/health.module.js';
import { DatabaseExceptionFilter } from './http/database-exception.filter.js';
import { OpenKjApiModule } from './openkj/openkj.module.js';
import { RequestsApiModule } from './requests/requests.module.js';
import { SessionsModule } from './sessions/sessions.module.js';
import { SingerApiModule } from './singer/singer.module.js';
import { SignInModule } from './sign-in/sign-in.module.js';
import { SongsApiModule } from './songs/songs.module.js';
import { VenuesApiModule } from './venues/venues.module.js';

/** The whole API. The application must also import a `DatabaseModule` with `actor: actorOf`. */
@Module({
  imports: [
    AuthModule,
    SessionsModule,
    VenuesApiModule,
    SongsApiModule,
    RequestsApiModule,
    SingerApiModule,
    ApiKeysApiModule,
    OpenKjApiModule,
    CataloguesApiModule,
    AuditModule,
    SignInModule,
    HealthModule,
  ],
  providers: [
    { provide: APP_PIPE, useClass: StandardSchemaValidationPipe },
    { provide: APP_FILTER, useClass: DatabaseExceptionFilter },
    // Nest asks the filter that was registered last first.
    { provide: APP_FILTER, useClass: OverloadFilter },
    // Before the guards of the imported modules, which query.
    { provide: APP_GUARD, useClass: OverloadGuard },
  ],
})
export class ApiModule {}
