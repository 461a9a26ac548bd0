import type { AuditEntry, ColumnChange } from '../../engine/audit/history/audit-entry.js';
import type { RowImage } from '../../engine/audit/row-image.js';
import { printable } from '../terminal/printable.js';
import { formatTable } from '../terminal/table.js';
import { plainTerminal, type Terminal } from '../terminal/terminal.js';
import { hang, wrap } from '../terminal/wrap.js';
import type { UserNames } from './user-names.js';

const shortestValue = 30;

/** Formats each entry as a few lines: what was written, when and by whom, and the changed columns. */
export function formatEntries(
  entries: readonly AuditEntry[],
  terminal: Terminal = plainTerminal,
  names: UserNames = new Map(),
): string {
  if (entries.length === 0) return 'No entries.';
  const indent = Math.max(...entries.map(({ sequence }) => sequence.length)) + 2;
  const room = terminal.width - indent;
  return entries
    .flatMap((entry) => {
      const parts = [
        shownEvent(entry, terminal),
        shownOrigin(entry, names),
        ...shownChanges(entry, { ...terminal, width: room }),
      ];
      const lines = parts.flatMap((part) => hang(wrap(part, room - 2), 2));
      return hang([entry.sequence.padEnd(indent) + lines[0]!, ...lines.slice(1)], indent);
    })
    .join('\n');
}

export function formatChanges(changes: readonly ColumnChange[], terminal?: Terminal): string {
  if (changes.length === 0) return 'No difference.';
  return formatTable(
    ['column', 'from', 'to'],
    changes.map(({ column, from, to }) => [column, JSON.stringify(from), JSON.stringify(to)]),
    terminal,
  );
}

export function formatImage(image: RowImage | null, terminal?: Terminal): string {
  if (image === null) return 'There was no such record.';
  return formatTable(
    ['column', 'value'],
    Object.entries(image).map(([column, value]) => [column, JSON.stringify(value)]),
    terminal,
  );
}

/** One line for each column, with its values before and after. */
export function formatChange(
  { column, from, to, redacted }: ColumnChange,
  { width, paint }: Terminal = plainTerminal,
): string {
  const name = `${printable(column)}:`;
  if (redacted) return `${name} [redacted]`;
  // Both values and the arrow between them shall fit in a line.
  const most = Math.max(Math.floor((width - name.length - 6) / 2), shortestValue);
  return `${name} ${paint('red', formatValue(from, most))} → ${paint('green', formatValue(to, most))}`;
}

/** One line for a column of a row that is inserted or deleted, with its value. */
export function formatColumn(
  column: string,
  value: unknown,
  { width }: Terminal = plainTerminal,
): string {
  const name = `${printable(column)}:`;
  return `${name} ${formatValue(value, Math.max(width - name.length - 3, shortestValue))}`;
}

const operationColours = { INSERT: 'green', UPDATE: 'yellow', DELETE: 'red' } as const;

function shownEvent({ operation, table, recordId }: AuditEntry, { paint }: Terminal): string {
  const colour = operationColours[operation as keyof typeof operationColours] ?? 'cyan';
  const record = printable(`${table} ${recordId ?? ''}`.trim());
  return `${paint(colour, printable(operation))} ${paint('bold', record)}`;
}

function shownOrigin(entry: AuditEntry, names: UserNames): string {
  const { at, route, undoes } = entry;
  const time = at.replace('T', ' ').replace(/(\.\d{3})\d*Z$/, '$1 UTC');
  return [
    `${time} by ${printable(shownActor(entry, names))}`,
    ...(route === null ? [] : [printable(route)]),
    ...(undoes === null ? [] : [`undoes ${undoes}`]),
  ].join(', ');
}

function shownActor({ actor, databaseRole }: AuditEntry, names: UserNames): string {
  if (actor === null) return `nobody (role ${databaseRole})`;
  return 'userId' in actor ? (names.get(actor.userId) ?? actor.userId) : actor.name;
}

/**
 * The changed columns of an UPDATE. Other operations show only their number, as they have all columns of the
 * row.
 */
function shownChanges({ operation, changes }: AuditEntry, terminal: Terminal): string[] {
  if (operation !== 'UPDATE') return changes.length === 0 ? [] : [`${changes.length} columns`];
  return changes.map((change) => formatChange(change, terminal));
}

function formatValue(value: unknown, most: number): string {
  const text = printable(JSON.stringify(value ?? null));
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
