import { withFixedNames } from './helpers/with-fixed-names.js';
import { Extensions1764000000000 } from './1764000000000-extensions.js';
import { Enums1764000001000 } from './1764000001000-enums.js';
import { Identity1764000002000 } from './1764000002000-identity.js';
import { Billing1764000003000 } from './1764000003000-billing.js';
import { Organizations1764000004000 } from './1764000004000-organizations.js';
import { Venues1764000005000 } from './1764000005000-venues.js';
import { Songs1764000006000 } from './1764000006000-songs.js';
import { Requests1764000007000 } from './1764000007000-requests.js';
import { Branding1764000008000 } from './1764000008000-branding.js';
import { UpdatedAt1764000009000 } from './1764000009000-updated-at.js';
import { AuditLog1764000010000 } from './core/1764000010000-audit-log.js';
import { AuditTenants1764000010500 } from './core/1764000010500-audit-tenants.js';
import { AuditRecording1764000011000 } from './core/1764000011000-audit-recording.js';
import { AuditTriggers1764000012000 } from './1764000012000-audit-triggers.js';
import { AuditAccess1764000013000 } from './core/1764000013000-audit-access.js';
import { AuditMaintenance1764000014000 } from './core/1764000014000-audit-maintenance.js';
import { AuditRenames1764000015000 } from './core/1764000015000-audit-renames.js';
import { TenantIsolation1764000015500 } from './core/1764000015500-tenant-isolation.js';
import { CatalogueUploads1764000016000 } from './1764000016000-catalogue-uploads.js';
import { IdempotencyKeys1764000017000 } from './core/1764000017000-idempotency-keys.js';

/** All migrations, oldest first. With a glob, TypeORM would take every exported function for a migration. */
export const migrations = withFixedNames({
  Extensions1764000000000,
  Enums1764000001000,
  Identity1764000002000,
  Billing1764000003000,
  Organizations1764000004000,
  Venues1764000005000,
  Songs1764000006000,
  Requests1764000007000,
  Branding1764000008000,
  UpdatedAt1764000009000,
  AuditLog1764000010000,
  AuditTenants1764000010500,
  AuditRecording1764000011000,
  AuditTriggers1764000012000,
  AuditAccess1764000013000,
  AuditMaintenance1764000014000,
  AuditRenames1764000015000,
  TenantIsolation1764000015500,
  CatalogueUploads1764000016000,
  IdempotencyKeys1764000017000,
});

export { renameAudited, renameAuditedTable } from './helpers/rename-audited.js';
export {
  isolateTable,
  unisolateTable,
  type IsolateTableOptions,
  type RowOwner,
} from './helpers/isolate-table.js';
export { isolateSingrTables, unisolateSingrTables } from './helpers/isolate-singr-tables.js';
export {
  auditTable,
  unauditTable,
  type AuditTableOptions,
  type TenantOfParent,
} from './helpers/audit-table.js';
