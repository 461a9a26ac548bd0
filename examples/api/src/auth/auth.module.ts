import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ImpersonationModule } from '../impersonation/impersonation.module.js';
import { AuthGuard } from './auth.guard.js';
import { SignedInUsers } from './signed-in-users.js';

/** Every handler needs a bearer token, unless it is `@Public()`. */
@Module({
  imports: [ImpersonationModule],
  providers: [SignedInUsers, { provide: APP_GUARD, useClass: AuthGuard }],
  exports: [SignedInUsers],
})
export class AuthModule {}
