/** SQL expression of a time as ISO 8601 in UTC, to the microsecond, whatever the time zone of the session is. */
export function isoTime(expression: string): string {
  return `to_char(${expression} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}
