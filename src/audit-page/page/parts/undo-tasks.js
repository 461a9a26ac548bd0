import { fetchEntries } from '../api.js';
import { tableOf } from '../catalogue.js';
import { deed, isRowChange, notableChanges, togetherWith } from '../words/entries.js';
import { within } from '../words/names.js';
import { actorText } from '../words/people.js';
import { timeText } from '../words/times.js';

/** The undo of one entry, or of everything saved with it. */
export async function undoOfEntry(entry) {
  const { table, operation, sequence, changes } = entry;
  const scopes = [{ label: 'Only this change', body: { sequence } }];
  if (await hasCompany(entry)) scopes.push(wholeScope(entry));
  return {
    call: 'undo',
    title: titleOf(entry),
    intro: `${actorText(entry.actor)} ${deed(entry)}, ${timeText(entry.at)}.`,
    scopes,
    table,
    columns: operation === 'UPDATE' ? columnsOf(table, changes) : [],
  };
}

/** The undo of everything that a request or a transaction did. */
export function undoOfTogether(entry) {
  const word = entry.requestId ? 'request' : 'transaction';
  return {
    call: 'undo',
    title: `Undo this whole ${word}?`,
    intro: `Everything ${actorText(entry.actor)} changed in it, ${timeText(entry.at)}.`,
    scopes: [wholeScope(entry)],
  };
}

/** Puts a record back to its state after an entry. `columns` are those that differ from now. */
export function restoreToMoment({ table, id, label }, moment, { columns, chosen }) {
  return {
    call: 'restore',
    title: `Put this ${within(tableOf(table).label)} back?`,
    intro: `${label ?? tableOf(table).label}, to what it was on ${moment.text}.`,
    scopes: [{ label: '', body: { table, id, moment: moment.value } }],
    table,
    columns,
    chosen,
  };
}

function titleOf({ operation, table }) {
  const what = within(tableOf(table).label);
  if (operation === 'INSERT') return `Delete this ${what}?`;
  return operation === 'DELETE' ? `Bring this ${what} back?` : 'Undo this change?';
}

const columnsOf = (table, changes) => notableChanges(table, changes).map(({ column }) => column);

function wholeScope({ requestId, transactionId, at }) {
  return {
    label: requestId ? 'Everything this request did' : 'Everything saved with it',
    body: requestId ? { request: requestId } : { transaction: transactionId, at },
    isWhole: true,
  };
}

/** Whether something else was changed with it. */
async function hasCompany(entry) {
  const filter = togetherWith(entry);
  if (filter === null) return false;
  const { entries } = await fetchEntries({ ...filter, limit: 3 });
  return entries.filter(isRowChange).length > 1;
}
