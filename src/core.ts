/**
 * The engine alone, for an application with tables of its own: `@singr/database/core`. It knows no table of
 * Singr's, and needs no extension of PostgreSQL.
 */
export * from './engine/index.js';
export { CoreDatabaseModule } from './engine/module/core-database.module.js';
export { dataSourceOptions } from './engine/module/core-data-source-options.js';
export {
  auditTable,
  unauditTable,
  type AuditTableOptions,
  type TenantOfParent,
} from '../migrations/helpers/audit-table.js';
export {
  isolateTable,
  unisolateTable,
  type IsolateTableOptions,
  type RowOwner,
} from '../migrations/helpers/isolate-table.js';
export { renameAudited, renameAuditedTable } from '../migrations/helpers/rename-audited.js';
