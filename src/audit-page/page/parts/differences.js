import { columnOf } from '../catalogue.js';
import { element, spoken } from '../dom.js';
import { valueNode } from './value.js';

/**
 * Columns with their values before and after, marked by signs and words and not only by colours. `sides` is
 * `both`, or `after` or `before` for records that were created or deleted.
 */
export function differences(table, changes, { sides = 'both' } = {}) {
  return element(
    'dl',
    { class: `differences ${sides}` },
    changes.map((change) => difference(table, change, sides)),
  );
}

function difference(table, change, sides) {
  const column = columnOf(table, change.column);
  return element(
    'div',
    { class: 'difference' },
    element('dt', { title: change.column }, column.label),
    change.paths?.length > 0 ? change.paths.map(pathLines) : lines(column, change, sides),
  );
}

function lines(column, change, sides) {
  const { from, to, redacted, fromLabel, toLabel } = change;
  if (redacted) {
    return element('dd', { class: 'whole nothing' }, 'changed; the trail does not keep its values');
  }
  return [
    sides !== 'after' && line('before', valueNode(from, column, { label: fromLabel })),
    sides !== 'before' && line('after', valueNode(to, column, { label: toLabel })),
  ];
}

/** A change within a JSON value. A side that was not there is left out. */
function pathLines(change) {
  return [
    element('dd', { class: 'whole path' }, change.path),
    'from' in change && line('before', valueNode(change.from, { type: 'json' })),
    'to' in change && line('after', valueNode(change.to, { type: 'json' })),
  ];
}

function line(side, value) {
  return element(
    'dd',
    { class: side },
    element('span', { class: 'sign', 'aria-hidden': 'true' }, side === 'before' ? '−' : '+'),
    spoken(`${side}: `),
    value,
  );
}
