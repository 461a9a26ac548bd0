/** Functions about the meaning of entries, independent of their display. */

/** Columns with the time of the change, which the entry has as well. */
const bookkeeping = new Set(['updated_at']);

export const isRowChange = ({ operation }) => ['INSERT', 'UPDATE', 'DELETE'].includes(operation);

/** The changes of other columns, or all changes if there are no others. */
export function notableChanges({ changes }) {
  const notable = changes.filter(({ column }) => !bookkeeping.has(column));
  return notable.length > 0 ? notable : changes;
}

/** The operation, as a word. */
export function whatHappened({ operation, undoes }) {
  if (undoes !== null) return 'Undo';
  return { INSERT: 'Created', UPDATE: 'Changed', DELETE: 'Deleted' }[operation] ?? operation;
}

/** The entry that undid this one, unless that entry was undone. */
export function undoneBy(entry, entries) {
  const undo = entries.find(({ undoes }) => undoes === entry.sequence);
  return undo === undefined || undoneBy(undo, entries) ? undefined : undo;
}

/** The times at which a record changed, oldest first, each with the last entry of that time. */
export function momentsOf(entries) {
  const moments = new Map();
  for (const entry of entries.toReversed()) if (isRowChange(entry)) moments.set(entry.at, entry);
  return [...moments.values()];
}
