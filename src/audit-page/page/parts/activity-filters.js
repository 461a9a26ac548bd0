import { tableOf } from '../catalogue.js';
import { button, element, labelled } from '../dom.js';
import { activityAddress, go } from '../router.js';
import { operationLabels } from '../words/entries.js';
import { counted } from '../words/names.js';
import { fromLocalField, minutesFrom, toLocalField } from '../words/times.js';
import { PersonPicker } from './person-picker.js';
import { tableSelect } from './table-select.js';

const names = [
  'actor',
  'onBehalfOf',
  'from',
  'until',
  'operation',
  'table',
  'column',
  'reason',
  'request',
  'transaction',
];

/** The filters of the activity: a form, whose values are in the address. */
export class ActivityFilters {
  constructor(params, { onFailure }) {
    this.params = params;
    this.person = new PersonPicker({ key: params.actor ?? '', onFailure });
    this.from = dateField(params.from);
    this.until = dateField(params.until);
    this.operation = operationSelect(params.operation);
    this.table = tableSelect(params.table);
    this.column = element('select', { name: 'column' });
    this.offerColumns(params.column);
    this.table.addEventListener('change', () => this.offerColumns(this.column.value));
    this.reason = element('input', { name: 'reason', autocomplete: 'off' });
    this.reason.value = params.reason ?? '';
    this.form = this.makeForm();
    this.place = element(
      'details',
      { class: 'filters', open: true },
      element('summary', {}, this.summary()),
      this.form,
    );
  }

  makeForm() {
    const form = element(
      'form',
      {},
      element(
        'div',
        { class: 'filter-fields' },
        labelled('Person', this.person.input, this.person.place),
        labelled('From', this.from),
        labelled('Until', this.until),
        labelled('What happened', this.operation),
        labelled('Table', this.table),
        labelled('Field', this.column),
        labelled('Reason contains', this.reason),
        element(
          'div',
          { class: 'buttons' },
          element('button', { type: 'submit', class: 'primary' }, 'Show'),
          this.count() > 0 &&
            element('a', { class: 'as-button', href: activityAddress({}) }, 'Clear'),
        ),
      ),
      element(
        'p',
        { class: 'ranges' },
        ranges().map(([text, from]) =>
          button({ class: 'link', onclick: () => this.apply({ from, until: '' }) }, text),
        ),
        this.fixed(),
      ),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.apply({});
    });
    return form;
  }

  /** Filters without a field of their own, which a link set. */
  fixed() {
    const labels = {
      request: 'One request',
      transaction: 'Saved together',
      onBehalfOf: 'On behalf of one person',
    };
    return Object.entries(labels)
      .filter(([name]) => this.params[name])
      .map(([name, label]) =>
        element(
          'span',
          { class: 'chip' },
          `${label} `,
          button(
            {
              class: 'link',
              onclick: () => this.apply({ [name]: '' }),
              'aria-label': `Remove the filter: ${label}`,
            },
            '×',
          ),
        ),
      );
  }

  apply(changes) {
    const given = {
      ...this.params,
      actor: this.person.value,
      from: fromLocalField(this.from.value),
      until: fromLocalField(this.until.value),
      operation: this.operation.value,
      table: this.table.value,
      column: this.column.value,
      reason: this.reason.value.trim(),
      ...changes,
    };
    go(activityAddress(Object.fromEntries(names.map((name) => [name, given[name]]))));
  }

  count() {
    return names.filter((name) => this.params[name]).length;
  }

  summary() {
    return this.count() === 0 ? 'Filters' : `Filters (${counted(this.count(), 'filter')} in use)`;
  }

  /** On a narrow screen the filters would fill the first page. */
  fold() {
    if (matchMedia('(max-width: 47.99rem)').matches) this.place.open = false;
  }

  /** The fields of the chosen table. Without a table, a field's name would mean different things. */
  offerColumns(chosen) {
    const { value } = this.table;
    this.column.disabled = value === '';
    const columns = value === '' ? [] : tableOf(value).columns;
    const sorted = columns.toSorted((a, b) => a.label.localeCompare(b.label));
    this.column.replaceChildren(
      element('option', { value: '' }, value === '' ? 'Choose a table first' : 'Any field'),
      ...sorted.map(({ column, label }) =>
        element('option', { value: column, selected: column === chosen }, label),
      ),
    );
  }
}

function dateField(value) {
  const field = element('input', { type: 'datetime-local', step: 1 });
  field.value = value ? toLocalField(value) : '';
  return field;
}

function operationSelect(chosen) {
  return element(
    'select',
    { name: 'operation' },
    element('option', { value: '' }, 'Anything'),
    Object.entries(operationLabels).map(([value, label]) =>
      element('option', { value, selected: value === chosen }, label),
    ),
  );
}

function ranges() {
  const now = new Date().toISOString();
  const today = new Date(new Date().setHours(0, 0, 0, 0)).toISOString();
  return [
    ['Last hour', minutesFrom(now, -60)],
    ['Today', today],
    ['Last 7 days', minutesFrom(now, -7 * 24 * 60)],
    ['Any time', ''],
  ];
}
