import { mayUndo } from '../catalogue.js';
import { button, element, spoken } from '../dom.js';
import { actorText } from '../words/people.js';
import { deed, isRowChange } from '../words/entries.js';
import { within } from '../words/names.js';
import { tableOf } from '../catalogue.js';
import { timeText } from '../words/times.js';

/** The buttons of an entry. Undo is there only for those who may, and for what is not undone yet. */
export function entryActions(entry, { onUndo, onShowThen }) {
  if (!isRowChange(entry)) return null;
  // The label distinguishes the buttons for users of screen readers.
  const which = () => spoken(`: ${actorText(entry.actor)} ${deed(entry)}, ${timeText(entry.at)}`);
  const buttons = [
    onUndo &&
      mayUndo() &&
      !entry.undoneBy &&
      button({ class: 'strong', onclick: () => onUndo(entry) }, undoText(entry), which()),
    onShowThen &&
      button(
        { onclick: () => onShowThen(entry) },
        `Show the ${within(tableOf(entry.table).label)} then`,
        which(),
      ),
  ].filter(Boolean);
  return buttons.length === 0 ? null : element('div', { class: 'buttons' }, buttons);
}

/** What the undo of an entry does to its record: undoing a creation deletes. */
function undoText({ operation, table }) {
  const what = within(tableOf(table).label);
  if (operation === 'INSERT') return `Undo: delete this ${what}…`;
  return operation === 'DELETE' ? `Undo: bring this ${what} back…` : 'Undo this change…';
}
