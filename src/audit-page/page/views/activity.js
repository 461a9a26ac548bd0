import { fetchEntries, fetchPeople } from '../api.js';
import { element, button } from '../dom.js';
import { ActivityFilters } from '../parts/activity-filters.js';
import { moveByArrows } from '../parts/arrow-keys.js';
import { entryGroup } from '../parts/entry-group.js';
import { exportLinks } from '../parts/export-links.js';
import { undoOfEntry, undoOfTogether } from '../parts/undo-tasks.js';
import { mayUndo } from '../catalogue.js';
import { groupsOf, isRowChange } from '../words/entries.js';
import { counted } from '../words/names.js';
import { personKey, personText } from '../words/people.js';
import { dayText } from '../words/times.js';
import { recordAddress, go } from '../router.js';

const limit = 50;

/** Changes of all tables, newest first: by whom, when, what, why, and which were made together. */
export async function activityView({ params, signal, undo, onFailure }) {
  const page = await fetchEntries({ ...params, limit }, signal);
  const view = new ActivityView(page, params, { undo, onFailure });
  await view.namePerson(signal);
  const heading = element('h1', { tabindex: -1 }, view.title());
  return {
    title: view.title(),
    heading,
    nodes: [heading, ...view.nodes()],
    shown: () => view.filters.fold(),
  };
}

class ActivityView {
  constructor({ entries, nextCursor }, params, { undo, onFailure }) {
    this.params = params;
    this.entries = entries;
    this.cursor = nextCursor;
    this.filters = new ActivityFilters(params, { onFailure });
    this.handlers = {
      actions: {
        onUndo: async (entry) => undo.show(() => undoOfEntry(entry)),
        onShowThen: ({ table, id, sequence }) => go(recordAddress(table, id, { then: sequence })),
      },
      onUndoTogether: (entry) => undo.show(() => undoOfTogether(entry)),
    };
    this.days = moveByArrows(element('div', { class: 'days' }), 'summary');
    this.more = button({ onclick: () => this.older().catch(onFailure) });
    this.statusLine = element('p', { class: 'faint', role: 'status' });
    this.draw();
  }

  /** The name of the person that the address has by an id. */
  async namePerson(signal) {
    const key = this.params.actor;
    if (!key) return;
    const here = this.entries.map(({ actor }) => actor);
    const { people } = here.length > 0 ? { people: here } : await fetchPeople(key, signal);
    this.person = people.find((person) => personKey(person) === key);
    if (this.person) this.filters.person.name(this.person);
  }

  title() {
    if (this.params.request) return 'What one request did';
    if (this.params.transaction) return 'What was saved together';
    if (this.person) return `What ${personText(this.person)} did`;
    return 'Activity';
  }

  nodes() {
    return [
      this.filters.place,
      element(
        'div',
        { class: 'list-header' },
        this.statusLine,
        this.undoAll(),
        this.entries.length > 0 && exportLinks(this.params),
      ),
      this.days,
      this.more,
    ];
  }

  /** The server stops a long search after a while, so that even no entries may have a next page. */
  status() {
    const { length } = this.entries;
    if (this.cursor !== null) return length === 0 ? 'None so far.' : `The newest ${length} changes`;
    if (length > 0) return counted(length, 'change');
    return 'No changes like these. Remove a filter, or choose a longer time.';
  }

  /** A request shown alone can be undone as a whole. */
  undoAll() {
    const { request, transaction } = this.params;
    const first = this.entries.find((entry) => isRowChange(entry) && !entry.undoneBy);
    if (!(request || transaction) || !first || !mayUndo()) return null;
    return button(
      { class: 'strong', onclick: () => this.handlers.onUndoTogether(first) },
      `Undo this ${request ? 'request' : 'transaction'} as a whole…`,
    );
  }

  /** Days with their entries; drawn again when older ones arrive, because they may belong to the last group. */
  draw() {
    const days = groupedByDay(this.entries);
    this.days.replaceChildren(...[...days].flatMap(([day, entries]) => this.day(day, entries)));
    this.statusLine.textContent = this.status();
    this.more.textContent =
      this.entries.length === 0 ? 'Search further back' : 'Show older changes';
    this.more.hidden = this.cursor === null;
  }

  day(day, entries) {
    return [
      element('h2', { class: 'day' }, day),
      element(
        'ol',
        { class: 'entries' },
        groupsOf(entries).map((group) => entryGroup(group, this.handlers)),
      ),
    ];
  }

  async older() {
    this.more.disabled = true;
    try {
      const page = await fetchEntries({ ...this.params, limit, cursor: this.cursor });
      this.cursor = page.nextCursor;
      this.entries.push(...page.entries);
      this.draw();
      const [next] = page.entries;
      if (next) this.days.querySelector(`#entry-${next.sequence} summary`)?.focus();
    } finally {
      this.more.disabled = false;
    }
  }
}

function groupedByDay(entries) {
  const days = new Map();
  for (const entry of entries) {
    const day = dayText(entry.at);
    days.set(day, [...(days.get(day) ?? []), entry]);
  }
  return days;
}
