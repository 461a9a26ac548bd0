import { MissingFilterError } from './errors/missing-filter.error.js';

/**
 * Refuses filters that are there and have no value: whoever wrote `{ id: user.profileId }` means one record,
 * and must not get those of everybody where the user has none.
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
