import type { EntityMetadata } from 'typeorm';
import type { AuditedTable } from '../audited-table.js';
import { InvalidHistoryQueryError } from '../errors.js';

/** Finds the column of a table by the name of a property or a column. */
export type ColumnName = (name: string) => string;

/** @throws InvalidHistoryQueryError for a name of which the table has no column, when the function is called */
export function columnNames(
  table: AuditedTable | undefined,
  metadata: EntityMetadata | undefined,
): ColumnName {
  return (name) => {
    const column = metadata?.findColumnWithPropertyPath(name)?.databaseName ?? name;
    const isThere =
      table?.writableColumns.includes(column) === true ||
      metadata?.findColumnWithDatabaseName(column) !== undefined;
    if (isThere) return column;
    throw new InvalidHistoryQueryError(`"${table?.name ?? ''}" has no column "${name}".`);
  };
}
