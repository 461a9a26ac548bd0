import { Module } from '@nestjs/common';
import { ActorNames } from './actor-names.js';
import { AuditController } from './audit.controller.js';
import { TrailAccess } from './trail-access.js';
import { TrailService } from './trail.service.js';
import { UndoController } from './undo.controller.js';

@Module({
  controllers: [AuditController, UndoController],
  providers: [TrailService, TrailAccess, ActorNames],
})
export class AuditApiModule {}
