import { MissingFilterError } from './errors/missing-filter.error.js';

/**
 * Refuses filters that are undefined or null. Code with `{ id: user.profileId }` means one record, and must not
 * get all records when the user has no profile.
 *
 * @throws MissingFilterError
 */
export function checkFilters<Filters extends object>(
  filters: Filters,
  ...names: readonly (keyof Filters & string)[]
): void {
  for (const name of names) {
    if (name in filters && (filters[name] ?? null) === null) throw new MissingFilterError(name);
  }
}
