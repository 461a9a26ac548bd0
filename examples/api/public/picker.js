import { fetchRecords, fetchTables } from './api.js';
import { byId, element, tell } from './dom.js';
import { actorText, agoText } from './format.js';

/** The page's address for a record, so that users can share it. */
export const addressOf = (table, id) => `#${encodeURIComponent(table)}/${encodeURIComponent(id)}`;

const verbs = { INSERT: 'created', UPDATE: 'changed', DELETE: 'deleted' };

/** Lets the user choose a table and a record. */
export class Picker {
  constructor({ onFailure }) {
    this.select = byId('table');
    this.select.addEventListener('change', () => this.loadRecent().catch(onFailure));
    byId('open-form').addEventListener('submit', (event) => {
      event.preventDefault();
      const id = byId('record-id').value.trim();
      if (id !== '') location.hash = addressOf(this.select.value, id);
    });
  }

  async load() {
    const tables = await fetchTables();
    const options = tables.map((name) => element('option', { selected: name === 'venues' }, name));
    this.select.replaceChildren(...options);
    await this.loadRecent();
  }

  /** Chooses a table, unless the user may not read it. */
  async choose(table) {
    const isThere = [...this.select.options].some(({ value }) => value === table);
    if (!isThere || this.select.value === table) return;
    this.select.value = table;
    await this.loadRecent();
  }

  async loadRecent() {
    const table = this.select.value;
    const records = table === '' ? [] : await fetchRecords(table);
    if (table !== this.select.value) return;
    byId('recent').replaceChildren(...records.map((record) => recentItem(table, record)));
    tell(byId('recent-note'), records.length === 0 ? 'Nothing is recorded yet.' : '', 'faint');
    this.markCurrent();
  }

  markCurrent() {
    for (const link of byId('recent').querySelectorAll('a')) {
      const isCurrent = link.hash === location.hash;
      if (isCurrent) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
  }
}

function recentItem(table, { id, label, operation, at, actor }) {
  const verb = verbs[operation] ?? operation;
  return element(
    'li',
    {},
    element(
      'a',
      { href: addressOf(table, id) },
      element('span', { class: 'recent-label' }, label ?? id),
      element('span', { class: 'faint' }, `${verb} by ${actorText(actor)}, ${agoText(at)}`),
    ),
  );
}
