import { Repository } from 'typeorm';
import { AuditLog } from '../entities/audit-log.entity.js';

export class AuditLogRepository extends Repository<AuditLog> {
  /** What happened to a record, newest first. */
  findByRecord(tableName: string, recordId: string): Promise<AuditLog[]> {
    return this.find({ where: { tableName, recordId }, order: { sequence: 'DESC' } });
  }
}
