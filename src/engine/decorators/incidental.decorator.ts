import type { EntityMetadata } from 'typeorm';
import { PropertyDeclarations } from './declarations.js';

const incidental = new PropertyDeclarations<true>('incidental');

/**
 * Marks a column that is not worth an entry by itself, such as the time of the last visit: an UPDATE that
 * changes only such columns makes none.
 *
 * An entry that another change makes has the values that such columns had at that time. No undo sets them
 * back, because the trail does not know all their values.
 *
 * The decorator is only the declaration. A migration compiles it into the table's audit trigger, by
 * `auditTable(queryRunner, table, { incidental: [column] })`. A column of the primary key cannot be
 * incidental.
 */
export function Incidental(): PropertyDecorator {
  return (target, property) => incidental.add(target, property, true);
}

/** The columns of an entity whose properties are marked `@Incidental()`. */
export function incidentalColumnsOf({ columns }: EntityMetadata): string[] {
  return columns
    .filter((column) => incidental.ofColumn(column) !== undefined)
    .map(({ databaseName }) => databaseName);
}
