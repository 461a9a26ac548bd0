import { differences } from './differences.js';
import { element, spoken } from './dom.js';
import { isRowChange, notableChanges, undoneBy, whatHappened } from './entries.js';
import {
  actorText,
  agoText,
  columnLabel,
  listed,
  timeElement,
  timeText,
  valueText,
} from './format.js';

/** A short description of an entry: "changed Address and City". */
export function deed(entry) {
  if (entry.operation === 'INSERT') return 'created the record';
  if (entry.operation === 'DELETE') return 'deleted the record';
  if (!isRowChange(entry)) return `recorded ${entry.operation}`;
  const columns = notableChanges(entry).map(({ column }) => columnLabel(column));
  const few = columns.length <= 3 ? listed(columns) : `${columns.length} values`;
  return entry.undoes === null ? `changed ${few}` : `put back ${few}`;
}

/** An entry as an item of the timeline. `onUndo` is undefined for users who may not undo. */
export function timelineItem(entry, { entries, onShow, onUndo }) {
  const undo = undoneBy(entry, entries);
  return element(
    'li',
    { id: `entry-${entry.sequence}`, class: 'entry card', tabindex: -1 },
    heading(entry, undo),
    element(
      'p',
      { class: 'faint when' },
      timeElement(entry.at),
      ` · ${agoText(entry.at)}`,
      entry.actor.userName && entry.actor.email && ` · ${entry.actor.email}`,
      element('span', { class: 'here', hidden: true }, ' ◂ slider is here'),
    ),
    undo && undoNote(undo),
    entry.undoes !== null && undoesNote(entry, entries),
    reasonNote(entry),
    changeList(entry),
    occasion(entry),
    actions(entry, { undo, onShow, onUndo }),
  );
}

function heading(entry, undo) {
  const { actor } = entry;
  const kind = undo ? 'undone' : whatHappened(entry).toLowerCase();
  return element(
    'h4',
    {},
    element('span', { class: `badge ${kind}` }, undo ? 'Undone' : whatHappened(entry)),
    ' ',
    `${actorText(actor)} ${deed(entry)}`,
  );
}

function undoNote(undo) {
  const text = `Undone by ${actorText(undo.actor)}, ${timeText(undo.at)}. `;
  return element('p', { class: 'note' }, text, jump(undo, 'Show the undo'));
}

function undoesNote({ undoes }, entries) {
  const undone = entries.find(({ sequence }) => sequence === undoes);
  const text = undone
    ? `This undid what ${actorText(undone.actor)} did, ${timeText(undone.at)}. `
    : `This undid entry ${undoes}. `;
  return element('p', { class: 'note' }, text, undone && jump(undone, 'Show what was undone'));
}

/** Why the change was made, and the other details. */
function reasonNote({ reason, context }) {
  const details = Object.entries(context ?? {}).map(
    ([name, value]) => `${name}: ${valueText(value)}`,
  );
  if (reason === null && details.length === 0) return null;
  const text = [reason && `Reason: ${reason}`, ...details].filter(Boolean).join(' · ');
  return element('p', { class: 'note' }, text);
}

/** A button and not a link, because a link to a fragment would remove the record from the address. */
function jump({ sequence }, text) {
  return element('button', { type: 'button', class: 'link', 'data-jump': sequence }, text);
}

function changeList(entry) {
  const changes = notableChanges(entry);
  if (changes.length === 0) return null;
  if (entry.operation === 'UPDATE') return differences(changes);
  return element(
    'details',
    {},
    element('summary', {}, `All ${changes.length} values`),
    differences(changes, { oneSided: true }),
  );
}

function occasion({ route, requestId, transactionId }) {
  const parts = [
    route && [element('dt', {}, 'Route'), element('dd', {}, element('code', {}, route))],
    [element('dt', {}, 'Transaction'), element('dd', {}, element('code', {}, transactionId))],
    requestId && [element('dt', {}, 'Request'), element('dd', {}, element('code', {}, requestId))],
  ];
  return element(
    'dl',
    { class: 'occasion faint' },
    parts.filter(Boolean).map((pair) => element('div', {}, pair)),
  );
}

function actions(entry, { undo, onShow, onUndo }) {
  if (!isRowChange(entry)) return null;
  // The label distinguishes the buttons for users of screen readers.
  const which = spoken(
    ` of ${timeText(entry.at)}, in which ${actorText(entry.actor)} ${deed(entry)}`,
  );
  const show = element('button', { type: 'button' }, 'Show the record then', which.cloneNode(true));
  show.addEventListener('click', () => onShow(entry));
  const buttons = [show];
  if (onUndo && !undo) {
    const button = element('button', { type: 'button', class: 'undo' }, 'Undo this change', which);
    button.addEventListener('click', () => onUndo(entry));
    buttons.unshift(button);
  }
  return element('div', { class: 'buttons' }, buttons);
}

/** Marks the entry at the slider. */
export function markMoment(list, sequence) {
  for (const item of list.children) {
    const isHere = item.id === `entry-${sequence}`;
    item.classList.toggle('at-moment', isHere);
    if (isHere) item.setAttribute('aria-current', 'true');
    else item.removeAttribute('aria-current');
    item.querySelector('.here').hidden = !isHere;
  }
}
