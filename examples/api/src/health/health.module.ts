import { Logger, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthController } from './health.controller.js';

@Module({
  // Nest's logger, so that failed checks are logged with everything else.
  imports: [TerminusModule.forRoot({ logger: Logger })],
  controllers: [HealthController],
})
export class HealthModule {}
