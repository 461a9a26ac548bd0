import { element, spoken } from './dom.js';
import { columnLabel, valueText } from './format.js';

/** One column's value before and after, marked by signs and words and not only by colours. */
export function difference(change, { oneSided = false } = {}) {
  const { column, from, to, redacted, paths } = change;
  if (paths) {
    return element(
      'div',
      { class: 'difference' },
      element('dt', { title: column }, columnLabel(column)),
      element('dd', {}, paths.flatMap(pathDifference)),
    );
  }
  const lines = redacted
    ? [element('p', { class: 'kept-secret' }, 'changed; its values are not kept')]
    : [
        oneSided && from === null ? null : line('removed', '−', 'before: ', from),
        oneSided && to === null ? null : line('added', '+', 'after: ', to),
      ];
  return element(
    'div',
    { class: 'difference' },
    element('dt', { title: column }, columnLabel(column)),
    element('dd', {}, lines),
  );
}

/** A change within a JSON value. A side that was not there is left out. */
function pathDifference(change) {
  return [
    element('p', { class: 'path' }, element('code', {}, change.path)),
    'from' in change && line('removed', '−', 'before: ', change.from),
    'to' in change && line('added', '+', 'after: ', change.to),
  ];
}

function line(kind, sign, label, value) {
  return element(
    'p',
    { class: `line ${kind}` },
    element('span', { class: 'sign', 'aria-hidden': 'true' }, sign),
    element('span', { class: 'value' }, spoken(label), valueText(value)),
  );
}

/** All columns' differences, as a list of names and values. */
export function differences(changes, options) {
  return element(
    'dl',
    { class: 'differences' },
    changes.map((change) => difference(change, options)),
  );
}
