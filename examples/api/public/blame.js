import { fetchBlame } from './api.js';
import { byId, element } from './dom.js';
import { actorText, agoText, columnLabel, timeElement, valueText } from './format.js';

/** Shows who last set each value of a record. It asks when the list is opened. */
export class Blame {
  constructor({ onFailure }) {
    this.place = byId('blame');
    this.place.addEventListener('toggle', () => this.show().catch(onFailure));
  }

  /** Shows another record, or the same one after a change. */
  load(record) {
    this.record = record;
    return this.show();
  }

  async show() {
    if (!this.place.open) return;
    const { record } = this;
    const columns = await fetchBlame(record.table, record.id);
    if (record !== this.record) return;
    byId('blame-list').replaceChildren(
      ...(columns.length === 0
        ? [element('p', {}, 'The record is deleted.')]
        : columns.map(blamed)),
    );
  }
}

function blamed({ column, value, redacted, entry, original }) {
  return element(
    'div',
    { class: 'difference' },
    element('dt', { title: column }, columnLabel(column)),
    element('dd', {}, redacted ? '(not kept)' : valueText(value)),
    element('dd', { class: 'faint' }, setBy(entry)),
    original && element('dd', { class: 'faint' }, 'First set by ', setBy(original)),
  );
}

function setBy(entry) {
  if (entry === null) return 'The trail does not tell who set it.';
  return [
    `${actorText(entry.actor)}${entry.undoes === null ? '' : ', by an undo'}, `,
    timeElement(entry.at),
    ` · ${agoText(entry.at)}`,
    entry.reason && ` · Reason: ${entry.reason}`,
  ];
}
