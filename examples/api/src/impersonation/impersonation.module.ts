import { Module } from '@nestjs/common';
import { ImpersonationController } from './impersonation.controller.js';
import { Impersonations } from './impersonations.js';

@Module({
  controllers: [ImpersonationController],
  providers: [Impersonations],
  exports: [Impersonations],
})
export class ImpersonationModule {}
