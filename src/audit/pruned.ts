/** Up to when a table's entries were pruned. */
export interface Pruned {
  readonly table: string;
  /** ISO 8601 in UTC. */
  readonly before: string;
}

/** The latest pruning of entries from after a time ($1): of a table ($2), or of any where that is null. */
export const prunedAfter = `
  SELECT table_name AS table,
    to_char((new_data->>'before')::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS before
  FROM audit_logs
  WHERE operation = 'PRUNE' AND (new_data->>'before')::timestamptz > $1
    AND ($2::text IS NULL OR table_name = $2)
  ORDER BY (new_data->>'before')::timestamptz DESC LIMIT 1`;
