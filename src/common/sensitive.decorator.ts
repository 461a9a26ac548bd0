import type { EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import { lineageOf } from './lineage.js';

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

/** Whether a column's property is marked: in the entity, in a class that it extends, or in one embedded in it. */
export function isSensitive(column: ColumnMetadata): boolean {
  const { entityMetadata, embeddedMetadata, target, propertyName } = column;
  const holders =
    embeddedMetadata === undefined
      ? [target, entityMetadata.target]
      : [embeddedMetadata.type, target];
  return holders
    .flatMap(lineageOf)
    .some((type) => sensitiveProperties.get(type)?.has(propertyName) ?? false);
}

/** The columns of an entity whose properties are marked `@Sensitive()`. */
export function sensitiveColumnsOf({ columns }: EntityMetadata): string[] {
  return columns.filter(isSensitive).map(({ databaseName }) => databaseName);
}
