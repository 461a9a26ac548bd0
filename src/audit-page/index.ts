/**
 * A page in the browser that shows the audit trail and undoes changes, with its API:
 * `@singr/database/audit-page`. It works with `@singr/database` and with `@singr/database/core`.
 */
export { AuditPageModule } from './audit-page.module.js';
export type {
  AuditAccess,
  AuditPageLink,
  AuditPageModuleAsyncOptions,
  AuditPageModuleOptions,
  AuditPageOptions,
  AuditPageRoutes,
  AuditPerson,
  AuditViewer,
  PeopleOptions,
  ReadableRecords,
} from './common/options.js';
