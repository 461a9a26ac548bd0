/** The time up to which a table's entries were pruned. */
export interface Pruned {
  readonly table: string;
  /** ISO 8601 in UTC. */
  readonly before: string;
}

/**
 * A query of the latest pruning that deleted entries from after a time ($1): entries of a table by all its
 * names ($2), or of any table if $2 is null.
 *
 * Each table is looked up by its name, through the index on table and record, in which few entries have no
 * record. A special index for these would slow down every write.
 */
export const prunedAfter = `
  SELECT table_name AS table,
    to_char((new_data->>'before')::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS before
  FROM audit_logs
  WHERE table_name = ANY (coalesce($2::text[], ARRAY(
      SELECT audited.table_name FROM audit.audited_tables AS audited
      UNION SELECT renamed.table_name FROM audit.renames AS renamed)))
    AND record_id IS NULL AND operation = 'PRUNE' AND (new_data->>'before')::timestamptz > $1
  ORDER BY (new_data->>'before')::timestamptz DESC LIMIT 1`;
