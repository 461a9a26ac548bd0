import { fetchEntries, fetchRecord, fetchRecordAt } from '../api.js';
import { inOrder, mayUndo, tableOf } from '../catalogue.js';
import { button, byId, element } from '../dom.js';
import { moveByArrows } from '../parts/arrow-keys.js';
import { entryLine } from '../parts/entry-line.js';
import { differs, fieldList, fieldListThen } from '../parts/field-list.js';
import { failure } from '../parts/notice.js';
import { tableIcon } from '../parts/record-link.js';
import { TimeSlider } from '../parts/time-slider.js';
import { restoreToMoment, undoOfEntry } from '../parts/undo-tasks.js';
import { momentsOf } from '../words/entries.js';
import { within } from '../words/names.js';
import { actorText } from '../words/people.js';
import { ago } from '../words/times.js';

const limit = 50;

/** A record: what happened to it, and its fields now or at any time, with who set them. */
export async function recordView({ path: [table, id], params, signal, undo, onFailure }) {
  const [record, page] = await Promise.all([
    fetchRecord(table, id, signal),
    fetchEntries({ table, id, limit }, signal),
  ]);
  const view = new RecordView(record, page, { undo, onFailure });
  const described = tableOf(table);
  const heading = element(
    'h1',
    { tabindex: -1 },
    tableIcon(table),
    ' ',
    record.label ?? described.label,
  );
  return {
    title: record.label ?? described.label,
    heading,
    nodes: [
      element(
        'div',
        { class: 'record-header' },
        heading,
        record.deleted && element('span', { class: 'badge delete' }, 'deleted'),
        element('p', { class: 'faint' }, described.label, ' · ', element('code', {}, id)),
      ),
      ...view.nodes(),
    ],
    shown: () => view.open(params),
  };
}

class RecordView {
  constructor(record, { entries, nextCursor }, { undo, onFailure }) {
    this.record = record;
    this.entries = entries;
    this.cursor = nextCursor;
    this.undo = undo;
    this.actions = {
      onUndo: async (entry) => undo.show(() => undoOfEntry(entry)),
      onShowThen: (entry) => {
        this.choose('values');
        this.slider.moveTo(entry);
        this.slider.input.focus();
      },
    };
    this.list = moveByArrows(element('ol', { class: 'entries' }), 'summary');
    this.more = button({ onclick: () => this.older().catch(onFailure) }, 'Show older changes');
    this.values = element('div', { class: 'values', 'aria-busy': 'false' });
    this.sliderPlace = element('div');
    this.append(entries);
    this.resetSlider();
    this.showNow();
  }

  nodes() {
    const what = within(tableOf(this.record.table).label);
    this.parts = {
      history: element(
        'section',
        { class: 'history', 'aria-labelledby': 'history-heading' },
        element('h2', { id: 'history-heading' }, 'What happened'),
        this.entries.length === 0 &&
          element('p', { class: 'faint' }, `Nothing is recorded for this ${what}.`),
        this.list,
        this.more,
      ),
      values: element(
        'section',
        { class: 'panel', 'aria-labelledby': 'values-heading' },
        element('h2', { id: 'values-heading' }, `The ${what}, now or at a time`),
        this.sliderPlace,
        this.values,
      ),
    };
    this.tabs = element(
      'div',
      { class: 'record-tabs' },
      this.tab('history', 'What happened'),
      this.tab('values', `The ${what}`),
    );
    this.columns = element(
      'div',
      { class: 'record-columns' },
      this.parts.history,
      this.parts.values,
    );
    this.choose('history');
    return [this.tabs, this.columns];
  }

  /** On a narrow screen one of the two parts is shown, which these buttons choose. */
  tab(name, text) {
    return button({ 'data-part': name, onclick: () => this.choose(name) }, text);
  }

  choose(name) {
    this.columns.dataset.part = name;
    for (const tab of this.tabs.children) {
      tab.setAttribute('aria-pressed', String(tab.dataset.part === name));
    }
  }

  append(entries) {
    this.list.append(
      ...entries.map((entry) => entryLine(entry, { short: true, actions: this.actions })),
    );
    this.more.hidden = this.cursor === null;
  }

  async older() {
    const { table, id } = this.record;
    this.more.disabled = true;
    try {
      const page = await fetchEntries({ table, id, limit, cursor: this.cursor });
      const first = this.list.children.length;
      this.cursor = page.nextCursor;
      this.entries.push(...page.entries);
      this.append(page.entries);
      this.resetSlider();
      this.list.children[first]?.querySelector('summary').focus();
    } finally {
      this.more.disabled = false;
    }
  }

  resetSlider() {
    this.slider = new TimeSlider({
      moments: momentsOf(this.entries),
      onMoment: (moment) => void this.showAt(moment),
    });
    this.sliderPlace.replaceChildren(...(this.entries.length > 1 ? [this.slider.place] : []));
  }

  showNow() {
    const { table, fields, deleted } = this.record;
    this.mark(undefined);
    this.values.replaceChildren(
      ...[deleted && this.deletedNote(), fieldList(table, this.shownFields(fields))].filter(
        Boolean,
      ),
    );
  }

  deletedNote() {
    const what = within(tableOf(this.record.table).label);
    const last = this.entries.find(({ operation }) => operation === 'DELETE');
    return element(
      'div',
      { class: 'notice' },
      element(
        'p',
        {},
        last
          ? [`${actorText(last.actor)} deleted this ${what}, `, ago(last.at), '.']
          : `This ${what} is deleted.`,
      ),
      last &&
        mayUndo() &&
        !last.undoneBy &&
        button(
          { class: 'strong', onclick: () => this.actions.onUndo(last) },
          `Bring this ${what} back…`,
        ),
    );
  }

  /** The slider may move before an answer arrives, so only the last answer is shown. */
  async showAt(moment) {
    this.pending?.abort();
    if (moment.isNow) return this.showNow();
    this.pending = new AbortController();
    const { signal } = this.pending;
    const { table, id } = this.record;
    this.mark(moment.entry);
    this.values.setAttribute('aria-busy', 'true');
    try {
      const { fields } = await fetchRecordAt(table, id, moment.value, signal);
      this.values.replaceChildren(...this.then(fields, moment));
    } catch (error) {
      if (error.name === 'AbortError') return;
      this.values.replaceChildren(failure(error));
    }
    this.values.setAttribute('aria-busy', 'false');
  }

  then(fields, moment) {
    const { table, fields: now } = this.record;
    const what = within(tableOf(table).label);
    if (fields === null) return [element('p', {}, `This ${what} did not exist then.`)];
    const current = new Map(now.map((field) => [field.column, field]));
    const columns = fields
      .filter((field) => differs(table, field, current.get(field.column)))
      .map(({ column }) => column);
    const restore = (chosen) =>
      this.undo.show(() => restoreToMoment(this.record, moment, { columns, chosen }));
    const isSame = columns.length === 0 && !this.record.deleted;
    return [
      isSame && element('p', { class: 'faint' }, 'It had the same values as now.'),
      !isSame &&
        mayUndo() &&
        element(
          'p',
          {},
          button(
            { class: 'strong', onclick: () => restore() },
            `Put the ${what} back to this time…`,
          ),
        ),
      fieldListThen(table, this.shownFields(fields), now, { onPutBack: mayUndo() && restore }),
    ].filter(Boolean);
  }

  /** The fields in the order of the columns, without the id, which the header has already. */
  shownFields(fields) {
    const { table, id } = this.record;
    return inOrder(
      table,
      fields.filter(({ value }) => String(value) !== id),
    );
  }

  /** Marks the line of the entry whose time is shown. */
  mark(entry) {
    for (const item of this.list.children) {
      const isHere = item.dataset.sequence === String(entry?.sequence);
      if (isHere) item.setAttribute('aria-current', 'true');
      else item.removeAttribute('aria-current');
      item.querySelector('.here').hidden = !isHere;
    }
  }

  /** Opens the line that the address names, or shows the record right after it. Returns whether there is one. */
  open({ entry, then }) {
    const shown = this.entries.find(({ sequence }) => String(sequence) === then);
    const line = entry && byId(`entry-${entry}`);
    if (shown) this.actions.onShowThen(shown);
    if (line) {
      line.open = true;
      line.querySelector('summary').focus();
      line.scrollIntoView({ block: 'center' });
    }
    return Boolean(shown || line);
  }
}
