import { columnOf } from '../catalogue.js';
import { element, spoken } from '../dom.js';
import { capital } from '../words/names.js';
import { actorText } from '../words/people.js';
import { deed, kindOf, notableChanges } from '../words/entries.js';
import { ago, clockText, timeElement } from '../words/times.js';
import { valueText } from '../words/values.js';
import { entryDetails } from './entry-details.js';
import { tableIcon } from './record-link.js';

const signs = { created: '+', changed: '•', deleted: '−', undo: '↺', other: 'i' };

/** Values of a change are shown in its line up to this length. */
const longestPreview = 44;

/**
 * An entry as a line that opens. `short` leaves out the record, for the history of one record; `inGroup` leaves
 * out who and when, which the group says; `actions` has what can be done with the entry.
 */
export function entryLine(entry, { short = false, inGroup = false, actions = {} } = {}) {
  const line = element(
    'details',
    { id: `entry-${entry.sequence}`, class: `entry ${kindOf(entry)}` },
    summaryOf(entry, { short, inGroup }),
  );
  // A list of many entries is drawn faster without what is closed.
  let isDrawn = false;
  const draw = () => {
    if (!isDrawn) line.append(entryDetails(entry, { short, actions }));
    isDrawn = true;
  };
  line.addEventListener('toggle', draw);
  // The event `toggle` comes later than the next key of a fast reader.
  line.firstChild.addEventListener('click', draw);
  return element('li', { 'data-sequence': entry.sequence }, line);
}

function summaryOf(entry, { short, inGroup }) {
  const kind = kindOf(entry);
  const what = deed(entry, { short });
  return element(
    'summary',
    {},
    element('span', { class: `sign ${kind}`, 'aria-hidden': 'true' }, signs[kind]),
    element(
      'span',
      { class: 'what' },
      !short && [tableIcon(entry.table), ' '],
      inGroup ? capital(what) : [element('strong', {}, actorText(entry.actor)), ` ${what}`],
      previewOf(entry),
      ' ',
      entry.undoneBy && element('span', { class: 'badge' }, 'Undone'),
      element('span', { class: 'badge here', hidden: true }, 'Shown beside'),
      !inGroup && reasonOf(entry),
    ),
    !inGroup && element('span', { class: 'when' }, whenOf(entry, short)),
  );
}

/** How long ago; and the time of the day, where a heading has the day. */
export const whenOf = ({ at }, short) => [
  !short && [timeElement(at, clockText(at)), ' · '],
  ago(at),
];

/** The values of a single change, if they are short: "123 Main Street → 9 Wrong Road". */
function previewOf({ table, operation, changes }) {
  const notable = notableChanges(table, changes);
  if (operation !== 'UPDATE' || notable.length !== 1) return null;
  const [{ column, from, to, redacted, paths, fromLabel, toLabel }] = notable;
  if (redacted || paths?.length > 0) return null;
  const described = columnOf(table, column);
  const before = fromLabel ?? valueText(from, described);
  const after = toLabel ?? valueText(to, described);
  if (before.length + after.length > longestPreview) return null;
  return element(
    'span',
    { class: 'preview' },
    ': ',
    spoken('from '),
    element('span', {}, before),
    element('span', { class: 'arrow', 'aria-hidden': 'true' }, ' → '),
    spoken(' to '),
    element('span', {}, after),
  );
}

export function reasonOf({ reason }) {
  if (!reason) return null;
  const text = reason.length > 60 ? `${reason.slice(0, 56).trim()}…` : reason;
  return element('span', { class: 'reason' }, spoken('Reason: '), `“${text}”`);
}
