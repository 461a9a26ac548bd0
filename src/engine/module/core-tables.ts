import { coreMigrations } from '../../../migrations/core/index.js';
import { schemaFile } from '../../../migrations/schema-file.js';
import { AuditLog } from '../audit/entities/audit-log.entity.js';
import type { PackagedTables } from '../config/packaged-tables.js';

/** The table of the audit trail, without Singr's tables. */
export const coreTables: PackagedTables = {
  entities: [AuditLog],
  migrations: coreMigrations,
  userIds: 'any',
  extensions: [],
  harmlessColumns: {},
  schemaFile,
  makes: (title) =>
    /^(schema audit$|\w+ audit\.(?!record_|catalogue_)|table public\.audit_logs$)/.test(title),
};
