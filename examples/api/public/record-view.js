import { fetchTrail } from './api.js';
import { Blame } from './blame.js';
import { byId } from './dom.js';
import { isRowChange } from './entries.js';
import { actorText, agoText } from './format.js';
import { deed, markMoment, timelineItem } from './timeline.js';
import { TimeSlider } from './time-slider.js';

const pageSize = 50;
const naming = ['name', 'title', 'combined', 'nickname', 'legal_business_name', 'email', 'slug'];

/** Shows a record: its timeline, and its state at a time. */
export class RecordView {
  /** `undoing` has `ofEntry` and `ofTime`; it is undefined for those who may not undo. */
  constructor({ undoing, onFailure }) {
    this.undoing = undoing;
    this.list = byId('timeline');
    this.blame = new Blame({ onFailure });
    this.slider = new TimeSlider({
      onFailure,
      onMoment: ({ sequence }, isAtEnd) => {
        markMoment(this.list, sequence);
        byId('restore').hidden = isAtEnd || !this.undoing;
      },
    });
    byId('restore').addEventListener('click', () =>
      this.undoing.ofTime(this.record, this.slider.moment),
    );
    byId('older').addEventListener('click', () => this.loadOlder().catch(onFailure));
    this.list.addEventListener('click', ({ target }) => {
      if (target.dataset.jump) this.focusEntry(target.dataset.jump);
    });
  }

  /** Fetches a record's trail and shows it. */
  async open(table, id) {
    const entries = await fetchTrail(table, id, pageSize);
    this.record = { table, id, entries, label: labelOf(entries) ?? id };
    byId('empty').hidden = true;
    byId('record').hidden = false;
    byId('record-heading').textContent = this.record.label;
    byId('record-id-line').textContent = `${table} ${id}`;
    byId('record-summary').textContent = summaryOf(entries);
    this.showEntries(entries.length === pageSize);
    await this.blame.load(this.record);
  }

  close() {
    this.record = undefined;
    byId('record').hidden = true;
    byId('empty').hidden = false;
  }

  /** Reloads the record after a change. */
  reload() {
    return this.open(this.record.table, this.record.id);
  }

  async loadOlder() {
    const { table, id, entries } = this.record;
    const oldest = entries.at(-1);
    const more = await fetchTrail(table, id, pageSize, oldest.sequence);
    entries.push(...more);
    this.showEntries(more.length === pageSize);
    if (more.length > 0) this.focusEntry(more[0].sequence);
  }

  showEntries(hasOlder) {
    const { entries } = this.record;
    const options = {
      entries,
      onShow: (entry) => {
        this.slider.moveTo(entry);
        this.slider.input.focus();
      },
      onUndo: this.undoing && ((entry) => this.undoing.ofEntry(this.record, entry)),
    };
    this.list.replaceChildren(...entries.map((entry) => timelineItem(entry, options)));
    byId('older').hidden = !hasOlder;
    this.slider.load(this.record);
  }

  focusEntry(sequence) {
    byId(`entry-${sequence}`)?.focus();
  }

  focusNewest() {
    this.list.firstElementChild?.focus();
  }
}

function labelOf(entries) {
  const latest = entries.find(isRowChange);
  const image = latest?.newData ?? latest?.oldData ?? {};
  return naming.map((column) => image[column]).find(Boolean);
}

function summaryOf([latest]) {
  return `Last: ${actorText(latest.actor)} ${deed(latest)}, ${agoText(latest.at)}.`;
}
