import type { AuditEntry, ColumnChange } from '../../engine/audit/history/audit-entry.js';
import type { RowImage } from '../../engine/audit/row-image.js';
import { formatTable } from '../table.js';

const longestValue = 40;

/** Formats entries as a table. Each change has a line; actor, route and undone entry are beside them. */
export function formatEntries(entries: readonly AuditEntry[]): string {
  if (entries.length === 0) return 'No entries.';
  return formatTable(
    ['sequence', 'time (UTC)', 'operation', 'record', 'by', 'change'],
    entries.flatMap((entry) => {
      const changes = shownChanges(entry);
      const origin = shownOrigin(entry);
      const lines = Math.max(changes.length, origin.length);
      return Array.from({ length: lines }, (_, line) => [
        ...(line === 0 ? shownEvent(entry) : ['', '', '', '']),
        origin[line] ?? '',
        changes[line] ?? '',
      ]);
    }),
  );
}

export function formatChanges(changes: readonly ColumnChange[]): string {
  if (changes.length === 0) return 'No difference.';
  return formatTable(
    ['column', 'from', 'to'],
    changes.map(({ column, from, to }) => [column, formatValue(from), formatValue(to)]),
  );
}

export function formatImage(image: RowImage | null): string {
  if (image === null) return 'There was no such record.';
  return formatTable(
    ['column', 'value'],
    Object.entries(image).map(([column, value]) => [column, JSON.stringify(value)]),
  );
}

function shownEvent({ sequence, at, operation, table, recordId }: AuditEntry): string[] {
  const time = at.replace('T', ' ').replace(/(\.\d{3})\d*Z$/, '$1');
  return [sequence, time, operation, `${table} ${recordId ?? ''}`.trim()];
}

function shownOrigin({ actor, databaseRole, route, undoes }: AuditEntry): string[] {
  const who =
    actor === null
      ? `nobody (role ${databaseRole})`
      : 'userId' in actor
        ? actor.userId
        : actor.name;
  return [
    who,
    ...(route === null ? [] : [route]),
    ...(undoes === null ? [] : [`undoes ${undoes}`]),
  ];
}

/**
 * The changed columns of an UPDATE. Other operations show only their number, as they have all columns of the
 * row.
 */
function shownChanges({ operation, changes }: AuditEntry): string[] {
  if (operation !== 'UPDATE') return changes.length === 0 ? [] : [`${changes.length} columns`];
  return changes.map(
    ({ column, from, to, redacted }) =>
      `${column}: ${redacted ? '[redacted]' : `${formatValue(from)} → ${formatValue(to)}`}`,
  );
}

function formatValue(value: unknown): string {
  const text = JSON.stringify(value ?? null);
  return text.length <= longestValue ? text : `${text.slice(0, longestValue)}…`;
}
