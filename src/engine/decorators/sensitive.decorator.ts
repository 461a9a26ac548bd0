import type { EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import { PropertyDeclarations } from './declarations.js';

const sensitive = new PropertyDeclarations<true>('sensitive');

/**
 * Marks a column whose value must never reach the audit trail: a hash, a token, a secret.
 *
 * The audit image of a row has `"[redacted]"` in its place. A change of the value is still recorded as a
 * change.
 *
 * The decorator is only the declaration. A migration compiles the redaction into the table's audit trigger.
 */
export function Sensitive(): PropertyDecorator {
  return (target, property) => sensitive.add(target, property, true);
}

/** Whether a column's property is marked `@Sensitive()`. */
export function isSensitive(column: ColumnMetadata): boolean {
  return sensitive.ofColumn(column) ?? false;
}

/** The columns of an entity whose properties are marked `@Sensitive()`. */
export function sensitiveColumnsOf({ columns }: EntityMetadata): string[] {
  return columns.filter(isSensitive).map(({ databaseName }) => databaseName);
}
