import { AuditLog } from '../../engine/audit/entities/audit-log.entity.js';
import { unique, type EntityClass, type Factory } from './factory.js';

/** An entry of the application, as `AuditService.record()` makes it. Triggers make all other entries. */
const auditLog: Factory<AuditLog> = {
  parents: {},
  values: () => ({}),
  async insert(manager, { operation, tableName, recordId, newData }) {
    const [{ sequence }] = await manager.query<[{ sequence: string }]>(
      'SELECT audit.record($1, $2, $3, $4) AS sequence',
      [operation ?? 'test.happened', tableName ?? 'tests', recordId ?? unique(''), newData ?? {}],
    );
    return manager.findOneByOrFail(AuditLog, { sequence });
  },
};

export const auditFactories: [EntityClass, Factory][] = [[AuditLog, auditLog]];
