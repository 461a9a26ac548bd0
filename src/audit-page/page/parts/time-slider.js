import { element, labelled } from '../dom.js';
import { actorText } from '../words/people.js';
import { deed } from '../words/entries.js';
import { fromLocalField, timeText, toLocalField } from '../words/times.js';

/**
 * A slider over the times at which a record changed, oldest first, and a field for any other time. `onMoment`
 * gets the moment: its `value` for the API, its `text`, its `entry` if it is the time of one, and `isNow`.
 */
export class TimeSlider {
  constructor({ moments, onMoment }) {
    this.moments = moments;
    this.onMoment = onMoment;
    const last = Math.max(moments.length - 1, 0);
    this.input = element('input', {
      type: 'range',
      min: 0,
      max: last,
      value: last,
      step: 1,
      disabled: moments.length < 2,
      oninput: () => this.slide(),
    });
    this.text = element('p', { class: 'moment-text', 'aria-live': 'polite' });
    this.exact = element('input', { type: 'datetime-local', step: 1 });
    this.exact.addEventListener('change', () => this.type());
    this.place = element(
      'div',
      { class: 'time-slider' },
      labelled('Move through time', this.input),
      this.text,
      element(
        'details',
        { class: 'more' },
        element('summary', {}, 'Choose a date and time'),
        labelled('Date and time', this.exact),
      ),
    );
    this.describe(this.moment);
  }

  get moment() {
    const index = Number(this.input.value);
    const entry = this.moments[index];
    const isNow = index === this.moments.length - 1 || entry === undefined;
    return { value: entry?.sequence, text: entry ? timeText(entry.at) : '', entry, isNow };
  }

  /** Moves to the time of an entry, such as when somebody asks for the record then. */
  moveTo({ at }) {
    const index = this.moments.findIndex((moment) => moment.at === at);
    if (index < 0) return;
    this.input.value = String(index);
    this.slide();
  }

  slide() {
    const { moment } = this;
    if (moment.entry) this.exact.value = toLocalField(moment.entry.at);
    this.describe(moment);
    this.onMoment(moment);
  }

  type() {
    const value = fromLocalField(this.exact.value);
    if (value === '') return;
    // The slider stands at the last change before the chosen time.
    const before = this.moments.filter(({ at }) => new Date(at) <= new Date(value)).length;
    this.input.value = String(Math.max(before - 1, 0));
    const moment = { value, text: timeText(value), entry: undefined, isNow: false };
    this.describe(moment);
    this.onMoment(moment);
  }

  describe({ text, entry, isNow }) {
    const after = entry ? `, after ${actorText(entry.actor)} ${deed(entry, { short: true })}` : '';
    const full = isNow ? 'Now' : `${text}${after}`;
    this.text.textContent = full;
    this.input.setAttribute('aria-valuetext', full);
  }
}
