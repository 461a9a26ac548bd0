import { columnOf } from '../catalogue.js';
import { button, element, spoken } from '../dom.js';
import { isBookkeeping } from '../words/entries.js';
import { actorText } from '../words/people.js';
import { ago, exactly } from '../words/times.js';
import { counted } from '../words/names.js';
import { valueNode } from './value.js';

/** The fields of a record as it is now, with who set each value. Fields without a value are folded. */
export function fieldList(table, fields) {
  return foldEmpty(fields, (field) => fieldRow(table, field, blame(table, field)));
}

/**
 * The fields of a record at a time. Those that differ from now are marked, with the value they have now and,
 * for those who may, a button that puts one back.
 */
export function fieldListThen(table, then, now, { onPutBack } = {}) {
  const current = new Map(now.map((field) => [field.column, field]));
  return foldEmpty(
    then,
    (field) => {
      const today = current.get(field.column);
      if (!differs(table, field, today)) return fieldRow(table, field);
      return fieldRow(table, field, nowNote(table, today, field, onPutBack), 'differs');
    },
    (field) => differs(table, field, current.get(field.column)),
  );
}

/** Whether a field had another value than now. The time of the last change always has. */
export function differs(table, then, now) {
  if (now === undefined || then.redacted || isBookkeeping(table, then.column)) return false;
  return JSON.stringify(then.value ?? null) !== JSON.stringify(now.value ?? null);
}

function foldEmpty(fields, row, isNotable = () => false) {
  const isEmpty = (field) => (field.value ?? null) === null && !field.redacted && !isNotable(field);
  const empty = fields.filter(isEmpty);
  return element(
    'div',
    { class: 'fields' },
    element('dl', {}, fields.filter((field) => !isEmpty(field)).map(row)),
    empty.length > 0 &&
      element(
        'details',
        { class: 'more' },
        element(
          'summary',
          {},
          counted(empty.length, 'field without a value', 'fields without a value'),
        ),
        element('dl', {}, empty.map(row)),
      ),
  );
}

function fieldRow(table, { column, value, label, redacted }, note, kind = '') {
  const described = columnOf(table, column);
  return element(
    'div',
    { class: `field-row ${kind}`.trim() },
    element('dt', { title: column }, described.label),
    element('dd', {}, valueNode(value, described, { label, redacted })),
    note && element('dd', { class: 'note' }, note),
  );
}

/** Who set a value, when and why; and who set it first, if that was somebody else. */
function blame(table, { column, set, original }) {
  if (!set) return null;
  return [
    element(
      'span',
      { title: set.reason ? `Reason: ${set.reason}` : null },
      spoken('set by '),
      actorText(set.actor),
      set.undoes === null || set.undoes === undefined ? '' : ', by an undo',
      ', ',
      ago(set.at),
    ),
    set.reason && element('span', { class: 'reason' }, `“${set.reason}”`),
    original &&
      !isBookkeeping(table, column) &&
      element('span', {}, 'first set by ', actorText(original.actor), ', ', exactly(original.at)),
  ];
}

function nowNote(table, today, { column }, onPutBack) {
  const described = columnOf(table, column);
  return [
    element('span', {}, 'now: ', valueNode(today.value, described, today)),
    onPutBack &&
      button(
        { class: 'small', onclick: () => onPutBack([column]) },
        'Put back…',
        spoken(` ${described.label}`),
      ),
  ];
}
