import { fetchState } from './api.js';
import { byId, element, spoken } from './dom.js';
import { momentsOf, notableChanges } from './entries.js';
import { actorText, columnLabel, timeText, valueText } from './format.js';
import { deed } from './timeline.js';

/** The slider over the times at which a record changed, and the record at the chosen one. */
export class TimeSlider {
  /** `onMoment` is called with the entry at the slider, `onFailure` with errors. */
  constructor({ onMoment, onFailure }) {
    this.input = byId('moment');
    this.onMoment = onMoment;
    this.onFailure = onFailure;
    this.input.addEventListener('input', () => this.show());
  }

  /** Sets the moments of another or a changed record, and shows the last. */
  load(record) {
    this.record = record;
    this.moments = momentsOf(record.entries);
    const last = Math.max(this.moments.length - 1, 0);
    this.input.max = String(last);
    this.input.value = String(last);
    this.input.disabled = this.moments.length < 2;
    byId('moments').replaceChildren(
      ...this.moments.map((_, index) => element('option', { value: index })),
    );
    this.show();
  }

  get moment() {
    return this.moments[Number(this.input.value)];
  }

  get isAtEnd() {
    return Number(this.input.value) === this.moments.length - 1;
  }

  moveTo({ at }) {
    this.input.value = String(this.moments.findIndex((entry) => entry.at === at));
    this.show();
  }

  show() {
    const { moment } = this;
    if (moment === undefined) return;
    const text = `${timeText(moment.at)}: ${actorText(moment.actor)} ${deed(moment)}`;
    this.input.setAttribute('aria-valuetext', text);
    byId('moment-text').textContent = text;
    this.onMoment(moment, this.isAtEnd);
    this.fetch(moment).catch((error) => {
      if (error.name !== 'AbortError') this.onFailure(error);
    });
  }

  /** The slider may move before an answer arrives, so only the last answer is shown. */
  async fetch(moment) {
    this.pending?.abort();
    this.pending = new AbortController();
    const place = byId('state');
    place.setAttribute('aria-busy', 'true');
    const { table, id } = this.record;
    const state = await fetchState(table, id, moment.at, this.pending.signal);
    place.replaceChildren(stateList(state, moment));
    place.setAttribute('aria-busy', 'false');
  }
}

function stateList(state, moment) {
  if (state === null) return element('p', {}, 'The record did not exist then.');
  const changes = new Map(
    moment.operation === 'UPDATE'
      ? notableChanges(moment).map((change) => [change.column, change])
      : [],
  );
  return element(
    'dl',
    { class: 'state' },
    Object.entries(state).map(([column, value]) => stateRow(column, value, changes.get(column))),
  );
}

function stateRow(column, value, change) {
  return element(
    'div',
    { class: change && 'changed-row' },
    element('dt', { title: column }, columnLabel(column)),
    element(
      'dd',
      {},
      element('span', { class: 'value' }, valueText(value)),
      change && element('span', { class: 'badge changed' }, 'changed then'),
      change && !change.redacted
        ? element('span', { class: 'was' }, spoken('before: '), `− ${valueText(change.from)}`)
        : null,
    ),
  );
}
