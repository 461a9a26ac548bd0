import { escapeLiteral } from 'pg';
import type { ReadableTable } from '../../audited-table.js';
import { findRow } from '../../find-row.js';
import { currentImage } from '../../image-sql.js';
import { trailOf } from '../../renames.js';

const ofRow = `operation IN ('INSERT', 'UPDATE', 'DELETE')`;

/**
 * SQL of the image of a record at the time `at`; null before it was inserted and after it was deleted. It is one
 * expression, so that one statement can read many records in one snapshot.
 */
export function stateSql(table: ReadableTable, recordId: string, at: string): string {
  const entries = `(SELECT * FROM ${trailOf(table)}) AS entry`;
  const ofRecord = `entry.table_name = ${escapeLiteral(table.name)} AND entry.record_id = ${recordId}
    AND entry.${ofRow}`;
  const next = `(SELECT entry.old_data FROM ${entries}
    WHERE ${ofRecord} AND entry.created_at > ${at} ORDER BY entry.sequence LIMIT 1)`;
  const now = `(SELECT ${currentImage(table)} FROM ${table.relation} t WHERE ${findRow(table, recordId)})`;
  const columns = `ARRAY[${table.writableColumns.map(escapeLiteral).join(', ')}]::text[]`;
  // A column that was added since takes its value from the first later image, or from the current row.
  const whole = `CASE WHEN entry.new_data IS NULL OR entry.new_data ?& ${columns} THEN entry.new_data
    ELSE coalesce(${next}, ${now}, '{}') || entry.new_data END`;
  return `(SELECT state.image FROM (
    (SELECT 1 AS preference, CASE WHEN ${truncatedAfter(table, 'entry.sequence', `<= ${at}`)} THEN NULL
       ELSE ${whole} END AS image
     FROM ${entries} WHERE ${ofRecord} AND entry.created_at <= ${at} ORDER BY entry.sequence DESC LIMIT 1)
    UNION ALL
    (SELECT 2, entry.old_data FROM ${entries}
     WHERE ${ofRecord} AND entry.created_at > ${at} ORDER BY entry.sequence LIMIT 1)
    UNION ALL
    (SELECT 3, ${currentImage(table)} FROM ${table.relation} t WHERE ${findRow(table, recordId)})
    ORDER BY preference LIMIT 1) AS state)`;
}

/** A condition that the table was truncated after an entry, at a time that the comparison names. */
export function truncatedAfter(table: ReadableTable, sequence: string, time: string): string {
  return `EXISTS (SELECT FROM (SELECT * FROM ${trailOf(table)}) AS cut
    WHERE cut.table_name = ${escapeLiteral(table.name)} AND cut.record_id IS NULL AND cut.operation = 'TRUNCATE'
      AND cut.sequence > ${sequence} AND cut.created_at ${time})`;
}
