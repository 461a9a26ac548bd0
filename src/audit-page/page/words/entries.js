import { columnOf, inOrder, tableOf } from '../catalogue.js';
import { listed, sentence, within } from './names.js';

const rowOperations = ['INSERT', 'UPDATE', 'DELETE'];

export const isRowChange = ({ operation }) => rowOperations.includes(operation);

/** The operations that the filter offers. */
export const operationLabels = { INSERT: 'Created', UPDATE: 'Changed', DELETE: 'Deleted' };

/** Columns with the time of the change, which the entry has as well. */
export function isBookkeeping(table, column) {
  return column === 'updated_at' || columnOf(table, column).bookkeeping === true;
}

/** The changes of columns that say something, or all if there are no others. */
export function notableChanges(table, changes) {
  const notable = changes.filter(({ column }) => !isBookkeeping(table, column));
  return inOrder(table, notable.length > 0 ? notable : changes);
}

/** What kind of change it is, for its colour and sign. */
export function kindOf(entry) {
  if (entry.undoes !== null) return 'undo';
  return { INSERT: 'created', UPDATE: 'changed', DELETE: 'deleted' }[entry.operation] ?? 'other';
}

/** Up to three columns by name, more by number: "Address and City". */
export function columnNames(table, columns) {
  return columns.length <= 3
    ? listed(columns.map((column) => columnOf(table, column).label))
    : `${columns.length} fields`;
}

/**
 * What an entry did, after its actor's name: "changed Address of Test Karaoke Bar". `short` leaves out the
 * record, for a list that is about one record.
 */
export function deed(entry, { short = false } = {}) {
  const { table, operation, undoes } = entry;
  const what = short ? `this ${within(tableOf(table).label)}` : nameOf(entry);
  if (operation === 'INSERT') return undoes === null ? `created ${what}` : `brought back ${what}`;
  if (operation === 'DELETE') return undoes === null ? `deleted ${what}` : `deleted ${what} again`;
  if (operation !== 'UPDATE') return `noted “${sentence(operation)}”${short ? '' : ` for ${what}`}`;
  const columns = notableChanges(table, entry.changes).map(({ column }) => column);
  const verb = undoes === null ? 'changed' : 'put back';
  const fields = columnNames(table, columns);
  return short ? `${verb} ${fields}` : `${verb} ${fields} of ${what}`;
}

/** A record in a sentence: its label, or "a venue". */
export function nameOf({ table, label, id }) {
  return label ?? (id ? `${within(tableOf(table).label)} ${shortId(id)}` : tableOf(table).plural);
}

/** The first characters of a long id, enough to tell records apart. */
export const shortId = (id) => (String(id).length > 12 ? `${String(id).slice(0, 8)}…` : String(id));

/** Entries in the order given, in groups of those made by the same request or transaction. */
export function groupsOf(entries) {
  const groups = [];
  for (const entry of entries) {
    const key = groupKey(entry);
    const last = groups.at(-1);
    if (last !== undefined && last.key === key) last.entries.push(entry);
    else groups.push({ key, entries: [entry] });
  }
  return groups;
}

const groupKey = ({ requestId, transactionId, sequence }) =>
  requestId ?? transactionId ?? `entry ${sequence}`;

/** The filter that shows everything done together with an entry. */
export function togetherWith({ requestId, transactionId }) {
  if (requestId) return { request: requestId };
  return transactionId ? { transaction: transactionId } : null;
}

/** The times at which a record changed, oldest first, each with the last entry of that time. */
export function momentsOf(entries) {
  const moments = new Map();
  for (const entry of entries.toReversed()) if (isRowChange(entry)) moments.set(entry.at, entry);
  return [...moments.values()];
}
