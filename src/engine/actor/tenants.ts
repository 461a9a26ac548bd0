import { MalformedTenantsError } from './errors.js';

/**
 * The tenants whose rows some code may read and write: their ids, or `all`. An empty list is for somebody who
 * belongs to none.
 */
export type Tenants = 'all' | readonly string[];

/** What `tenancy.resolve` may return: one id, several, or all tenants; undefined or null for no rows at all. */
export type ResolvedTenants =
  string | number | bigint | readonly (string | number | bigint)[] | undefined | null;

const longest = 200;

/**
 * Checks tenants and returns a frozen copy.
 *
 * @throws MalformedTenantsError unless it is `all`, an id, or a list of ids
 */
export function checkTenants(given: ResolvedTenants): Tenants {
  if (given === 'all') return given;
  const ids: unknown[] = Array.isArray(given) ? given : [given];
  return Object.freeze(
    ids.map((id) => {
      const text = isInteger(id) ? String(id) : id;
      if (!isText(text)) throw new MalformedTenantsError();
      return text;
    }),
  );
}

/** The setting `app.tenants`, which the policies read: `*`, an array of PostgreSQL, or empty for no rows. */
export function settingOf(tenants: Tenants | undefined): string {
  if (tenants === undefined) return '';
  if (tenants === 'all') return '*';
  return `{${tenants.map((id) => `"${id.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
}

function isInteger(value: unknown): value is number | bigint {
  return typeof value === 'bigint' || Number.isSafeInteger(value);
}

function isText(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.trim() !== '' &&
    value.length <= longest &&
    !value.includes('\0')
  );
}
