import type { AuditedTable } from './audited-table.js';

/** The image of a row `t` as the trigger would write it. */
export function currentImage({ redactedColumns }: AuditedTable): string {
  const markers = redactedColumns.map(
    (column) => `'${column}', CASE WHEN t."${column}" IS NOT NULL THEN '[redacted]' END`,
  );
  return markers.length === 0
    ? 'to_jsonb(t)'
    : `(to_jsonb(t) || jsonb_build_object(${markers.join(', ')}))`;
}

/** The record id of a row `t` as the trigger would write it. */
export function recordIdOf({ keyColumns, redactedColumns }: AuditedTable): string {
  const part = (column: string) =>
    redactedColumns.includes(column)
      ? `'sha256:' || encode(sha256(convert_to(t."${column}"::text, 'UTF8')), 'hex')`
      : `t."${column}"::text`;
  return keyColumns.length === 1
    ? part(keyColumns[0]!)
    : `jsonb_build_object(${keyColumns.map((column) => `'${column}', ${part(column)}`).join(', ')})::text`;
}

/** A condition on a row `t` whose record id is the text `$1`; through the primary key where it can. */
export function findRow(table: AuditedTable): string {
  const [key, ...others] = table.keyColumns;
  const isPlain = others.length === 0 && !table.redactedColumns.includes(key!);
  return isPlain
    ? `t."${key}" = (jsonb_populate_record(NULL::${table.relation}, jsonb_build_object('${key}', $1::text)))."${key}"`
    : `${recordIdOf(table)} = $1`;
}
