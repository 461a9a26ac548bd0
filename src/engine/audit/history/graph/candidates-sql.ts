import { escapeIdentifier, escapeLiteral } from 'pg';
import type { ReadableTable } from '../../audited-table.js';
import { recordIdOf } from '../../find-row.js';
import { isSpeltInOneWay } from '../../record-key.js';
import { trailOf } from '../../renames.js';
import type { Link } from './links.js';
import { truncatedAfter } from './state-sql.js';

/**
 * A query of the ids of records that may have joined the rows in `from` at the time `at`. All that did are among
 * them.
 *
 * The records that a foreign key names are found by their keys. Those that have a foreign key to a row are those
 * that have it now, and those that had it before a later change: the first entry after the time has it in its
 * image before the change.
 */
export function candidatesSql(
  table: ReadableTable,
  { columns }: Link,
  from: string,
  at: string,
): string {
  if (
    isKey(
      table,
      columns.map(([, to]) => to),
    )
  ) {
    return `SELECT DISTINCT ${keySql(table, columns)} AS record_id FROM ${from} AS source
      WHERE ${columns.map(([name]) => `source.image ->> ${escapeLiteral(name)} IS NOT NULL`).join(' AND ')}`;
  }
  // One column is enough to find them.
  const [source, target] = columns[0]!;
  const name = escapeLiteral(target);
  const values = `ARRAY(SELECT ${valueOf('source.image', source)} FROM ${from} AS source)`;
  const entries = `(SELECT * FROM ${trailOf(table)}) AS entry
    WHERE entry.table_name = ${escapeLiteral(table.name)} AND entry.record_id IS NOT NULL`;
  return `
    SELECT ${recordIdOf(table)} AS record_id FROM ${table.relation} t
    WHERE t.${escapeIdentifier(target)} = ANY (ARRAY(
      SELECT (jsonb_populate_record(NULL::${table.relation},
        jsonb_build_object(${name}, source.image -> ${escapeLiteral(source)}))).${escapeIdentifier(target)}
      FROM ${from} AS source))
    UNION
    SELECT entry.record_id FROM ${entries}
      AND entry.operation IN ('UPDATE', 'DELETE') AND entry.created_at > ${at}
      AND ${valueOf('entry.old_data', target)} = ANY (${values})
    UNION
    SELECT entry.record_id FROM ${entries}
      AND entry.operation IN ('INSERT', 'UPDATE') AND entry.created_at <= ${at}
      AND ${valueOf('entry.new_data', target)} = ANY (${values})
      AND ${truncatedAfter(table, 'entry.sequence', `> ${at}`)}`;
}

/** A condition that an image of a record joins any row in `from`. */
export function joinsSql({ columns }: Link, from: string, image: string): string {
  const pairs = columns.map(
    ([source, target]) => `${valueOf('source.image', source)} = ${valueOf(image, target)}`,
  );
  return `EXISTS (SELECT FROM ${from} AS source WHERE ${pairs.join(' AND ')})`;
}

/** SQL of the value of a column in an image, as jsonb, in which 1.5 equals 1.50; null if there is no value. */
function valueOf(image: string, column: string): string {
  return `NULLIF(${image} -> ${escapeLiteral(column)}, 'null')`;
}

/** Whether the columns are the primary key, and their values in an image are the texts of the record id. */
function isKey(table: ReadableTable, columns: readonly string[]): boolean {
  const { keyColumns, redactedColumns } = table;
  return (
    columns.length === keyColumns.length &&
    keyColumns.every((column) => columns.includes(column) && !redactedColumns.includes(column)) &&
    isSpeltInOneWay(table)
  );
}

function keySql(table: ReadableTable, columns: Link['columns']): string {
  const value = (name: string) => `source.image ->> ${escapeLiteral(name)}`;
  if (table.keyColumns.length === 1) return value(columns[0]![0]);
  const parts = columns.flatMap(([from, to]) => [escapeLiteral(to), value(from)]);
  return `jsonb_build_object(${parts.join(', ')})::text`;
}
