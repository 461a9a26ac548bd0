import { columnOf, tableOf } from '../catalogue.js';
import { element } from '../dom.js';
import { shortId } from '../words/entries.js';
import { counted, listed } from '../words/names.js';
import { listWithMore } from './more.js';
import { failure } from './notice.js';

/** Why something cannot be put back: every conflict, the first ones at once. */
export function refusalView(error) {
  const { conflicts = [], conflictsTotal = conflicts.length } = error.body;
  if (conflicts.length === 0) return failure(error);
  return element(
    'div',
    { class: 'notice bad' },
    element(
      'p',
      {},
      element('strong', {}, `${counted(conflictsTotal, 'conflict')}: nothing was changed. `),
      'Somebody changed the same values later:',
    ),
    listWithMore(conflicts.map(conflictItem), { first: 5, of: conflictsTotal }),
  );
}

function conflictItem({ table, id, label, reason, columns = [] }) {
  const names = listed(columns.map((column) => columnOf(table, column).label));
  return element(
    'li',
    {},
    element('strong', {}, label ?? `${tableOf(table).label} ${shortId(id)}`),
    ` ${reason}${names === '' ? '' : ` (${names})`}`,
  );
}
