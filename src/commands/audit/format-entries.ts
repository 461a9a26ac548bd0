import type { Actor } from '../../engine/actor/actor.js';
import type { BlamedEntry, ColumnBlame } from '../../engine/audit/history/audit-blame.js';
import type { AuditEntry, ColumnChange } from '../../engine/audit/history/audit-entry.js';
import type { RowImage } from '../../engine/audit/row-image.js';
import { printable } from '../terminal/printable.js';
import { formatTable } from '../terminal/table.js';
import { plainTerminal, type Terminal } from '../terminal/terminal.js';
import { hang, wrap } from '../terminal/wrap.js';
import type { UserNames } from './user-names.js';

const shortestValue = 30;
const longestBlamed = 40;

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
    changes.flatMap(({ column, from, to, paths }) =>
      paths === undefined
        ? [[column, JSON.stringify(from), JSON.stringify(to)]]
        : paths.map((change) => [
            `${column} ${change.path}`,
            'from' in change ? JSON.stringify(change.from) : '',
            'to' in change ? JSON.stringify(change.to) : '',
          ]),
    ),
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
  const { at, actor, databaseRole } = entry;
  const who = actor === null ? `nobody (role ${databaseRole})` : shownActor(actor, names);
  return [`${shownTime(at)} by ${printable(who)}`, ...shownWhy(entry)].join(', ');
}

/** The reason, the other details, the route and the undone entry, as far as an entry has them. */
function shownWhy({
  reason,
  context,
  route,
  undoes,
}: Pick<AuditEntry, 'reason' | 'context' | 'route' | 'undoes'>): string[] {
  return [
    ...(reason === null ? [] : [`because: ${printable(reason)}`]),
    ...Object.entries(context ?? {}).map(
      ([name, value]) =>
        `${printable(name)}: ${printable(typeof value === 'string' ? value : JSON.stringify(value))}`,
    ),
    ...(route === null ? [] : [printable(route)]),
    ...(undoes === null ? [] : [`undoes ${undoes}`]),
  ];
}

/** The actor, and the user on whose behalf it acted. */
function shownActor(actor: Actor, names: UserNames): string {
  const nameOf = (userId: string) => names.get(userId) ?? userId;
  const who = 'userId' in actor ? nameOf(actor.userId) : actor.name;
  return actor.onBehalfOf === undefined ? who : `${who} for ${nameOf(actor.onBehalfOf.userId)}`;
}

/** Formats who last set each column of a record. An undo is followed by the entry that had given the value. */
export function formatBlame(
  blame: readonly ColumnBlame[],
  terminal: Terminal = plainTerminal,
  names: UserNames = new Map(),
): string {
  if (blame.length === 0) return 'There is no such record.';
  return formatTable(
    ['column', 'value', 'sequence', 'last set'],
    blame.flatMap(({ column, value, redacted, entry, original }) => {
      const shown = redacted ? '[redacted]' : formatValue(value, longestBlamed);
      const setBy = entry === null ? ['', 'the trail does not tell'] : shownSetter(entry, names);
      const before = original === null ? [] : [['', 'first set:', ...shownSetter(original, names)]];
      return [[column, shown, ...setBy], ...before];
    }),
    terminal,
  );
}

function shownSetter(entry: BlamedEntry, names: UserNames): string[] {
  const who = entry.actor === null ? 'nobody' : shownActor(entry.actor, names);
  return [entry.sequence, [`${shownTime(entry.at)} by ${who}`, ...shownWhy(entry)].join(', ')];
}

function shownTime(at: string): string {
  return at.replace('T', ' ').replace(/(\.\d{3})\d*Z$/, '$1 UTC');
}

/** One line for a column, or for each change within its JSON value. */
function formatChangeLines(change: ColumnChange, terminal: Terminal): string[] {
  const { column, redacted, paths } = change;
  if (redacted || paths === undefined) return [formatChange(change, terminal)];
  return paths.map((part) => {
    const name = `${column} ${part.path}`;
    if ('from' in part && 'to' in part) {
      const { from, to } = part;
      return formatChange({ column: name, from, to, redacted: false }, terminal);
    }
    const value = 'to' in part ? part.to : part.from;
    return `${'to' in part ? 'added' : 'removed'} ${formatColumn(name, value, terminal)}`;
  });
}

/**
 * The changed columns of an UPDATE. Other operations show only their number, as they have all columns of the
 * row.
 */
function shownChanges({ operation, changes }: AuditEntry, terminal: Terminal): string[] {
  if (operation !== 'UPDATE') return changes.length === 0 ? [] : [`${changes.length} columns`];
  return changes.flatMap((change) => formatChangeLines(change, terminal));
}

function formatValue(value: unknown, most: number): string {
  const text = printable(JSON.stringify(value ?? null));
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
