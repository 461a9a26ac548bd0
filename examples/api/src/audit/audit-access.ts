import { Venue } from '@singr/database';
import type { AuditAccess, AuditViewer } from '@singr/database/audit-page';
import type { ApiRequest } from '../auth/api-request.js';

/** Administrators read the whole trail, and customers that of their own venues, also after they deleted one. */
export function accessOf({ user }: ApiRequest): AuditAccess | undefined {
  if (user?.permissions.has('audit:read')) {
    return { read: true, undo: user.permissions.has('audit:restore') };
  }
  const customerProfileId = user?.customerProfileId;
  if (customerProfileId === undefined) return undefined;
  return {
    read: [{ table: Venue, where: { customerProfileId } }],
    // An index finds the entries of a tenant.
    tenant: customerProfileId,
  };
}

/** The names in the page's header: of the person who really acts, and of the customer. */
export function viewerOf({ user }: ApiRequest): AuditViewer | null {
  if (user === undefined) return null;
  const { impersonatedBy } = user;
  const name = (person: { name: string | null; email: string }) => person.name ?? person.email;
  return impersonatedBy === undefined
    ? { name: name(user) }
    : { name: name(impersonatedBy), onBehalfOf: name(user) };
}
