import type { EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import { lineageOf } from './lineage.js';

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

/** The properties of a class that are marked `@Sensitive()`, there or in a class that it extends. */
export function sensitivePropertiesOf(type: unknown): ReadonlySet<string> {
  return new Set(lineageOf(type).flatMap(ownPropertiesOf));
}

/** Whether a column's property is marked: in the entity, in a class that it extends, or in one embedded in it. */
export function isSensitive(column: ColumnMetadata): boolean {
  const { entityMetadata, embeddedMetadata, target, propertyName } = column;
  const holders =
    embeddedMetadata === undefined
      ? [target, entityMetadata.target]
      : [embeddedMetadata.type, target];
  return holders.some((type) => sensitivePropertiesOf(type).has(propertyName));
}

/** The columns of an entity whose properties are marked `@Sensitive()`. */
export function sensitiveColumnsOf({ columns }: EntityMetadata): string[] {
  return columns.filter(isSensitive).map(({ databaseName }) => databaseName);
}

function ownPropertiesOf(type: Function): readonly string[] {
  return Object.hasOwn(type, sensitive) ? (Reflect.get(type, sensitive) as string[]) : [];
}
