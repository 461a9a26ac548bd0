import { tableOf } from '../catalogue.js';
import { element } from '../dom.js';
import { recordAddress } from '../router.js';
import { shortId } from '../words/entries.js';

/** The icon of a table, which says nothing that its label does not say. */
export function tableIcon(table) {
  const { icon, label } = tableOf(table);
  // A table without an icon gets its first letter.
  return element(
    'span',
    { class: icon ? 'icon' : 'icon letter', title: label, 'aria-hidden': 'true' },
    icon ?? label.charAt(0),
  );
}

/** A link to a record, by its label. */
export function recordLink({ table, id, label }) {
  // An action that an application recorded may be about a table and no record of it.
  if (id === null) return tableOf(table).plural;
  return element(
    'a',
    { href: recordAddress(table, id) },
    label ?? `${tableOf(table).label} ${shortId(id)}`,
  );
}
