/**
 * The named fields that have a value in `changes`; null is a value. Other fields are left out, so that an
 * object from a request cannot change columns that its type does not have.
 */
export function givenFields<T extends object, K extends keyof T>(
  changes: T,
  names: readonly K[],
): Pick<T, K> {
  const given = names.filter((name) => changes[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, changes[name]])) as Pick<T, K>;
}
