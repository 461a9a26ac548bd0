import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { repositoryProvider } from '../common/repository-provider.js';
import { AuditLog } from './entities/audit-log.entity.js';
import { AuditLogRepository } from './repositories/audit-log.repository.js';

/** Reading the audit trail. Triggers write it. */
@Module({
  imports: [TypeOrmModule.forFeature([AuditLog])],
  providers: [repositoryProvider(AuditLogRepository, AuditLog)],
  exports: [TypeOrmModule, AuditLogRepository],
})
export class AuditModule {}
