import type { ShownChange, ShownEntry } from './shown-entries.js';

const columns: readonly [
  name: string,
  value: (entry: ShownEntry, change?: ShownChange) => unknown,
][] = [
  ['sequence', ({ sequence }) => sequence],
  ['at', ({ at }) => at],
  ['table', ({ table }) => table],
  ['id', ({ id }) => id],
  ['label', ({ label }) => label],
  ['operation', ({ operation }) => operation],
  ['actor_id', ({ actor }) => actor.id],
  ['actor_name', ({ actor }) => actor.name],
  ['actor_email', ({ actor }) => actor.email],
  ['on_behalf_of', ({ actor }) => actor.onBehalfOf?.id],
  ['column', (_, change) => change?.column],
  ['from', (_, change) => change?.from],
  ['from_label', (_, change) => change?.fromLabel],
  ['to', (_, change) => change?.to],
  ['to_label', (_, change) => change?.toLabel],
  ['reason', ({ reason }) => reason],
  ['context', ({ context }) => context],
  ['request_id', ({ requestId }) => requestId],
  ['route', ({ route }) => route],
  ['transaction_id', ({ transactionId }) => transactionId],
  ['undoes', ({ undoes }) => undoes],
];

/** The first line, after the mark by which spreadsheets know UTF-8. */
export const csvHeader = `\uFEFF${columns.map(([name]) => name).join(',')}\r\n`;

/** The lines of an entry: one for each changed column, or one if there is none. */
export function csvRows(entry: ShownEntry): string[] {
  const changes = entry.changes.length === 0 ? [undefined] : entry.changes;
  return changes.map(
    (change) => `${columns.map(([, value]) => cell(value(entry, change))).join(',')}\r\n`,
  );
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  // A spreadsheet would run a text that begins like this as a formula.
  const isFormula =
    typeof value !== 'number' && /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text);
  const safe = isFormula ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
