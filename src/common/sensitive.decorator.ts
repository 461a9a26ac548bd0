/** On the class itself, by a name that each copy of this file knows: the ESM one and the CommonJS one. */
const sensitive = Symbol.for('@singr/database:sensitive');

/**
 * Marks a column whose value must never reach the audit trail: a hash, a token, a secret.
 *
 * A row's audit image shows `"[redacted]"` in its place; a change of it is still recorded as a change.
 * The decorator is the declaration; the redaction itself is compiled into the table's audit trigger by
 * a migration.
 */
export function Sensitive(): PropertyDecorator {
  return (target, property) => {
    const value = [...ownPropertiesOf(target.constructor), String(property)];
    Object.defineProperty(target.constructor, sensitive, { value, configurable: true });
  };
}

/** The properties of an entity class that are marked `@Sensitive()`, there or in a class that it extends. */
export function sensitivePropertiesOf(entity: unknown): ReadonlySet<string> {
  const properties = new Set<string>();
  for (let owner = entity; typeof owner === 'function'; owner = Object.getPrototypeOf(owner)) {
    for (const property of ownPropertiesOf(owner)) properties.add(property);
  }
  return properties;
}

function ownPropertiesOf(entity: Function): readonly string[] {
  return Object.hasOwn(entity, sensitive) ? (Reflect.get(entity, sensitive) as string[]) : [];
}
