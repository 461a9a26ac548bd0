import { element } from '../dom.js';

/** A list whose first items are shown, and whose others open: "and 37 more". */
export function listWithMore(
  items,
  { first, of: total = items.length, list = 'ul', attributes = {} },
) {
  const shown = items.slice(0, first);
  const rest = items.slice(first);
  const unlisted = total - items.length;
  return [
    element(list, attributes, shown),
    rest.length > 0 &&
      element(
        'details',
        { class: 'more' },
        element('summary', {}, `and ${rest.length + unlisted} more`),
        element(list, attributes, rest),
        unlisted > 0 && element('p', {}, `and ${unlisted} that are not listed`),
      ),
    rest.length === 0 && unlisted > 0 && element('p', {}, `and ${unlisted} more`),
  ];
}
