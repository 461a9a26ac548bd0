/** Sensitive property names by entity class, as `@Sensitive()` collected them. */
const sensitiveProperties = new Map<Function, Set<string>>();

/**
 * Marks a column whose value must never reach the audit trail: a hash, a token, a secret.
 *
 * A row's audit image shows `"[redacted]"` in its place; a change of it is still recorded as a change.
 * The decorator is the declaration; the redaction itself is compiled into the table's audit trigger by
 * a migration.
 */
export function Sensitive(): PropertyDecorator {
  return (target, property) => {
    const properties = sensitiveProperties.get(target.constructor) ?? new Set<string>();
    properties.add(String(property));
    sensitiveProperties.set(target.constructor, properties);
  };
}

/** The properties of an entity class that are marked `@Sensitive()`. */
export function sensitivePropertiesOf(entity: Function): ReadonlySet<string> {
  return sensitiveProperties.get(entity) ?? new Set();
}
