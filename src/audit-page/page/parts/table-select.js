import { allTables } from '../catalogue.js';
import { element } from '../dom.js';

/** A choice of one table, or of all. */
export function tableSelect(chosen) {
  return element(
    'select',
    { name: 'table' },
    element('option', { value: '' }, 'All tables'),
    allTables().map(({ table, plural, icon }) =>
      element(
        'option',
        { value: table, selected: table === chosen },
        icon ? `${icon} ${plural}` : plural,
      ),
    ),
  );
}
