import { escapeLiteral } from 'pg';
import { TenantContext } from '../actor/tenant-context.js';
import { checkTenants, settingOf } from '../actor/tenants.js';
import { TenantMismatchError } from './errors.js';

/** One tenant, or several. */
export type TenantFilter = string | readonly string[];

/** The tenants that the caller is bound to; undefined when it may read the entries of all. */
export function boundTenants(): readonly string[] | undefined {
  const tenants = TenantContext.current();
  return tenants === 'all' ? undefined : tenants;
}

/**
 * The tenants whose entries are read: those that are asked for, else those that the caller is bound to. Undefined
 * for all entries.
 *
 * @throws MalformedTenantsError
 * @throws TenantMismatchError when the caller is bound to other tenants than it asks for
 */
export function tenantsToRead(asked: TenantFilter | undefined): readonly string[] | undefined {
  const bound = boundTenants();
  if (asked === undefined) return bound;
  // A list, because 'all' is the id of a tenant here.
  const wanted = checkTenants(typeof asked === 'string' ? [asked] : asked) as readonly string[];
  if (bound !== undefined && wanted.some((id) => !bound.includes(id))) {
    throw new TenantMismatchError('The entries of another tenant are asked for.');
  }
  return wanted;
}

/** The greatest number of tenants that each get a query of their own. */
const mostQueries = 20;

/**
 * SQL to read only entries of these tenants from, including those of rows that moved to another tenant.
 *
 * It is several queries, because each can return its entries in the order of an index. With many tenants, it sorts
 * all their entries.
 *
 * @param trail what to read all entries from
 * @param rest SQL after the condition of each query: more conditions, and the order and the limit of the page
 */
export function entriesOfTenants(
  trail: string,
  tenants: readonly string[] | undefined,
  rest = '',
): string {
  if (tenants === undefined) return trail;
  const all = `= ANY (${escapeLiteral(settingOf(tenants))}::text[])`;
  const each =
    tenants.length <= mostQueries ? tenants.map((id) => `= ${escapeLiteral(id)}`) : [all];
  const queries = each.flatMap((are) => [
    `(SELECT * FROM ${trail} WHERE tenant_id ${are} ${rest})`,
    `(SELECT * FROM ${trail} WHERE former_tenant_id ${are} AND (tenant_id ${all}) IS NOT TRUE ${rest})`,
  ]);
  return `(${queries.length === 0 ? `SELECT * FROM ${trail} WHERE false` : queries.join(' UNION ALL ')}) AS audit_logs`;
}

/**
 * @throws TenantMismatchError when the caller is bound to tenants and row-level security is off: an answer from
 * current rows could be that of another tenant
 */
export function assertRowsRestricted(isOn: boolean): void {
  if (isOn || boundTenants() === undefined) return;
  throw new TenantMismatchError(
    'States of the past and their restoration also read current rows, which are restricted to tenants only with the option "tenancy".',
  );
}
