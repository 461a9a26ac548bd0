import { allTables } from '../catalogue.js';
import { button, element } from '../dom.js';
import { recordAddress } from '../router.js';
import { valueText } from '../words/values.js';
import { shortId } from '../words/entries.js';
import { timeText } from '../words/times.js';

/** Longer texts are folded. */
const longest = 280;

/**
 * A value for display. A foreign key is a link with the label of the record it refers to. A value that the
 * trail does not keep is said to be so.
 */
export function valueNode(value, column, { label, redacted } = {}) {
  if (redacted) return element('span', { class: 'value nothing' }, 'not kept in the trail');
  if (value === null || value === undefined || value === '') {
    return element('span', { class: 'value nothing' }, value === '' ? 'empty' : 'none');
  }
  if (column.references && allTables().some(({ table }) => table === column.references.table)) {
    return referenceLink(value, column.references.table, label);
  }
  if (label) return element('span', { class: 'value', title: String(value) }, label);
  const text = valueText(value, column);
  if (text.length > longest) return folded(text);
  const title = column.type === 'time' && text === timeText(value) ? String(value) : null;
  const isCode = column.type === 'uuid' || typeof value === 'object';
  return element('span', { class: isCode ? 'value code' : 'value', title }, text);
}

function referenceLink(id, table, label) {
  return element(
    'a',
    { class: 'value', href: recordAddress(table, String(id)), title: String(id) },
    label ?? shortId(id),
  );
}

function folded(text) {
  const shown = element('span', {}, `${text.slice(0, longest)}… `);
  const more = button(
    {
      class: 'link',
      onclick: () => {
        shown.textContent = text;
        more.remove();
      },
    },
    `Show all ${text.length} characters`,
  );
  return element('span', { class: 'value' }, shown, more);
}
