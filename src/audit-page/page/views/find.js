import { fetchRecords } from '../api.js';
import { columnOf, tableOf } from '../catalogue.js';
import { element, labelled, spoken } from '../dom.js';
import { moveByArrows } from '../parts/arrow-keys.js';
import { tableIcon } from '../parts/record-link.js';
import { tableSelect } from '../parts/table-select.js';
import { address, go, recordAddress } from '../router.js';
import { shortId } from '../words/entries.js';
import { counted, listed } from '../words/names.js';
import { actorText } from '../words/people.js';
import { ago, timeText } from '../words/times.js';
import { valueText } from '../words/values.js';

const limit = 25;

/** Finds records by any text of their values, now or before; without a text, those changed last. */
export async function findView({ params, signal }) {
  const { text = '', table = '' } = params;
  const found = await fetchRecords({ text, table, limit }, signal);
  const { records } = found;
  const heading = element('h1', { tabindex: -1 }, text === '' ? 'Changed last' : headingFor(text));
  return {
    title: text === '' ? 'Find a record' : `“${text}”`,
    heading,
    nodes: [
      searchForm(text, table),
      element(
        'div',
        { class: 'list-header' },
        heading,
        element('p', { class: 'faint', role: 'status' }, statusOf(found, text)),
      ),
      records.length > 0 &&
        moveByArrows(
          element(
            'ul',
            { class: 'records' },
            records.map((record) => recordItem(record, text)),
          ),
          'a',
        ),
    ],
  };
}

const headingFor = (text) => `Records with “${text}”`;

function statusOf({ records, more, incomplete = [], formerSince = null }, text) {
  const count = records.length;
  if (text === '') return count === 0 ? 'Nothing is recorded yet.' : '';
  const parts = [
    count === 0 && 'Nothing has or had this text. Try a part of the name, or another table.',
    count > 0 &&
      (more ? `The first ${count}; a longer text finds fewer.` : counted(count, 'record')),
    incomplete.length > 0 &&
      `The search took too long to read all of ${listed(incomplete.map((table) => tableOf(table).plural))}; choose a table to search it longer.`,
    formerSince && `Former values were searched back to ${timeText(formerSince)}.`,
  ];
  return parts.filter(Boolean).join(' ');
}

function searchForm(text, table) {
  const input = element('input', {
    name: 'text',
    type: 'search',
    autocomplete: 'off',
    spellcheck: 'false',
  });
  input.value = text;
  const select = tableSelect(table);
  const form = element(
    'form',
    { class: 'search', role: 'search' },
    labelled('Name, e-mail, id or any other text', input),
    labelled('In', select),
    element('button', { type: 'submit', class: 'primary' }, 'Find'),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    go(address('find', [], { text: input.value.trim(), table: select.value }));
  });
  return form;
}

function recordItem(record, text) {
  const { table, id, label, deleted, matched, last } = record;
  return element(
    'li',
    {},
    element(
      'a',
      { class: 'record', href: recordAddress(table, id) },
      tableIcon(table),
      element(
        'span',
        { class: 'record-name' },
        element('strong', {}, label ?? shortId(id)),
        element('span', { class: 'faint' }, ` ${tableOf(table).label}`),
        deleted && element('span', { class: 'badge delete' }, 'deleted'),
        matched && matchNote(table, matched, label, text),
      ),
      last && element('span', { class: 'faint record-last' }, lastNote(last)),
    ),
  );
}

/** Where the text was found, unless the label says it already. */
function matchNote(table, { column, value }, label, text) {
  const described = columnOf(table, column);
  const shown = valueText(value, described);
  if (shown === label) return null;
  return element(
    'span',
    { class: 'match' },
    spoken('found in '),
    `${described.label}: `,
    marked(shown, text),
  );
}

/** Marks the text that was looked for, with some of what surrounds it. */
function marked(shown, text) {
  const at = shown.toLowerCase().indexOf(text.toLowerCase());
  if (at < 0) return shown.slice(0, 80);
  const start = Math.max(0, at - 30);
  const end = at + text.length;
  return [
    start > 0 && '…',
    shown.slice(start, at),
    element('mark', {}, shown.slice(at, end)),
    shown.slice(end, end + 40),
    end + 40 < shown.length && '…',
  ];
}

const verbs = { INSERT: 'created', UPDATE: 'changed', DELETE: 'deleted' };

function lastNote({ operation, actor, at }) {
  return [`${verbs[operation] ?? 'noted'} by ${actorText(actor)}, `, ago(at)];
}
