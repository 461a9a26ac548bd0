import { Module } from '@nestjs/common';
import { ThrottlerModule } from '@nestjs/throttler';
import { SessionsController } from './sessions.controller.js';
import { signInLimits } from './sign-in-limits.js';

@Module({
  imports: [ThrottlerModule.forRoot(signInLimits)],
  controllers: [SessionsController],
  // The form of SignInModule has the same limits.
  exports: [ThrottlerModule],
})
export class SessionsModule {}
