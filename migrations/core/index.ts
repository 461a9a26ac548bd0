import { withFixedNames } from '../helpers/with-fixed-names.js';
import { AuditLog1764000010000 } from './1764000010000-audit-log.js';
import { AuditTenants1764000010500 } from './1764000010500-audit-tenants.js';
import { AuditRecording1764000011000 } from './1764000011000-audit-recording.js';
import { AuditAccess1764000013000 } from './1764000013000-audit-access.js';
import { AuditMaintenance1764000014000 } from './1764000014000-audit-maintenance.js';
import { AuditRenames1764000015000 } from './1764000015000-audit-renames.js';
import { TenantIsolation1764000015500 } from './1764000015500-tenant-isolation.js';
import { IdempotencyKeys1764000017000 } from './1764000017000-idempotency-keys.js';

/** The migrations of the audit trail, oldest first. They need no extension and no other table. */
export const coreMigrations = withFixedNames({
  AuditLog1764000010000,
  AuditTenants1764000010500,
  AuditRecording1764000011000,
  AuditAccess1764000013000,
  AuditMaintenance1764000014000,
  AuditRenames1764000015000,
  TenantIsolation1764000015500,
  IdempotencyKeys1764000017000,
});
