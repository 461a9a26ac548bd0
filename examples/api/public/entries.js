/** What the entries of a trail mean, apart from how they are shown. */

/** Every row that changes has a new time of it, which says no more than the entry's own. */
const bookkeeping = new Set(['updated_at']);

export const isRowChange = ({ operation }) => ['INSERT', 'UPDATE', 'DELETE'].includes(operation);

/** The changes that people ask about, unless there are no others. */
export function notableChanges({ changes }) {
  const notable = changes.filter(({ column }) => !bookkeeping.has(column));
  return notable.length > 0 ? notable : changes;
}

/** What happened, as a word. */
export function whatHappened({ operation, undoes }) {
  if (undoes !== null) return 'Undo';
  return { INSERT: 'Created', UPDATE: 'Changed', DELETE: 'Deleted' }[operation] ?? operation;
}

/** The entry that undid this one, unless that was undone in turn. */
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
