import { AuditLog } from '../engine/audit/entities/audit-log.entity.js';
import { billingEntities } from './billing/entities/index.js';
import { brandingEntities } from './branding/entities/index.js';
import { identityEntities } from './identity/entities/index.js';
import { organizationsEntities } from './organizations/entities/index.js';
import { requestsEntities } from './requests/entities/index.js';
import { songsEntities } from './songs/entities/index.js';
import { venuesEntities } from './venues/entities/index.js';

/**
 * Every entity of the package, by domain. The list is explicit, because a glob would break under a bundler
 * or in a monorepo.
 */
export const entities = [
  ...identityEntities,
  ...billingEntities,
  ...organizationsEntities,
  ...venuesEntities,
  ...songsEntities,
  ...requestsEntities,
  ...brandingEntities,
  AuditLog,
];
