import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { repositoryProvider } from '../common/repository-provider.js';
import { AuditedTables } from './audited-tables.js';
import { AuditService } from './audit.service.js';
import { AuditLog } from './entities/audit-log.entity.js';
import { AuditAsOf } from './history/audit-as-of.js';
import { AuditBlame } from './history/audit-blame.js';
import { AuditGraph } from './history/graph/audit-graph.js';
import { AuditHistory } from './history/audit-history.js';
import { AuditLogRepository } from './repositories/audit-log.repository.js';
import { AuditRestore } from './restore/audit-restore.js';
import { AuditRetention } from './retention/audit-retention.js';
import { AuditUndo } from './undo/audit-undo.js';
import { AuditVerifier } from './verify/audit-verifier.js';

/** Provides the services that read and maintain the audit trail. Triggers write it. */
@Module({
  imports: [TypeOrmModule.forFeature([AuditLog])],
  providers: [
    repositoryProvider(AuditLogRepository, AuditLog),
    AuditedTables,
    AuditHistory,
    AuditAsOf,
    AuditBlame,
    AuditGraph,
    AuditUndo,
    AuditRestore,
    AuditService,
    AuditVerifier,
    AuditRetention,
  ],
  exports: [AuditLogRepository, AuditService, AuditedTables, AuditVerifier, AuditRetention],
})
export class AuditModule {}
