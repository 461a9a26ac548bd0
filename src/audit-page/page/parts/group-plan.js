import { element } from '../dom.js';
import { counted } from '../words/names.js';
import { countedDeeds } from '../words/plan.js';
import { tableIcon } from './record-link.js';

const count = ({ inserted, updated, deleted }) => inserted + updated + deleted;

/** How many records the plan changes. */
export const rowsOf = ({ tables }) => tables.reduce((sum, table) => sum + count(table), 0);

/** What happens to how many records: "put back 12 records, delete 3". */
export function groupSummary({ tables }) {
  const sum = (name) => tables.reduce((total, table) => total + table[name], 0);
  return countedDeeds({ update: sum('updated'), insert: sum('inserted'), delete: sum('deleted') });
}

/** For each table, how many records are brought back, changed and deleted. */
export function groupPlan(plan) {
  if (rowsOf(plan) === 0) {
    return element('p', {}, 'Everything is as it was at that time. There is nothing to do.');
  }
  const heads = ['Table', 'Brought back', 'Put back', 'Deleted'];
  return element(
    'table',
    { class: 'counts' },
    element(
      'thead',
      {},
      element(
        'tr',
        {},
        heads.map((head) => element('th', { scope: 'col' }, head)),
      ),
    ),
    element('tbody', {}, plan.tables.map(tableRow)),
  );
}

function tableRow({ table, label, inserted, updated, deleted, lost }) {
  return element(
    'tr',
    {},
    element('th', { scope: 'row' }, tableIcon(table), ` ${label}`, lostNote(lost)),
    [inserted, updated, deleted].map((number) =>
      element('td', { class: number === 0 ? 'faint' : null }, String(number)),
    ),
  );
}

/** `lost` has the values that the trail does not keep: their number, or the columns. */
function lostNote(lost) {
  const number = Array.isArray(lost) ? lost.length : (lost ?? 0);
  if (number === 0) return null;
  const text = Array.isArray(lost)
    ? `${counted(number, 'field')} without kept values`
    : `${counted(number, 'value')} not kept`;
  return element('span', { class: 'faint' }, ` (${text})`);
}
