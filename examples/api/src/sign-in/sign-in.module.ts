import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { ImpersonationModule } from '../impersonation/impersonation.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { ActingController } from './acting.controller.js';
import { SignInController } from './sign-in.controller.js';

/** The pages with forms for people in a browser: to sign in, to sign out, and to act for a customer. */
@Module({
  imports: [AuthModule, ImpersonationModule, SessionsModule],
  controllers: [SignInController, ActingController],
})
export class SignInModule {}
