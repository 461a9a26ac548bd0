import { exportUrl } from '../api.js';
import { element } from '../dom.js';

/** Downloads of everything that the filters show, not only of what is on the page so far. */
export function exportLinks(filters) {
  const link = (format, text) =>
    element('a', { href: exportUrl(filters, format).href, download: `audit.${format}` }, text);
  return element(
    'p',
    { class: 'export' },
    element('span', { class: 'faint' }, 'Export all of these: '),
    link('csv', 'CSV'),
    ' ',
    link('ndjson', 'NDJSON'),
  );
}
