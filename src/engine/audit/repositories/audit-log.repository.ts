import { Repository } from 'typeorm';
import { isStorable } from '../../common/check-texts.js';
import { AuditLog } from '../entities/audit-log.entity.js';

export class AuditLogRepository extends Repository<AuditLog> {
  /** The entries of a record, newest first. */
  async findByRecord(tableName: string, recordId: string): Promise<AuditLog[]> {
    if (!isStorable(tableName, recordId)) return [];
    return this.find({ where: { tableName, recordId }, order: { sequence: 'DESC' } });
  }
}
