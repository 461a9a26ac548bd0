import { mayUndo } from '../catalogue.js';
import { button, element } from '../dom.js';
import { activityAddress } from '../router.js';
import { isRowChange, togetherWith } from '../words/entries.js';
import { counted } from '../words/names.js';
import { actorText } from '../words/people.js';
import { entryLine, reasonOf, whenOf } from './entry-line.js';

/** Entries of one request or transaction: a line alone, or a frame around several. */
export function entryGroup({ entries }, { actions, onUndoTogether }) {
  if (entries.length === 1) return entryLine(entries[0], { actions });
  const [first] = entries;
  const together = togetherWith(first);
  const word = together.request ? 'request' : 'transaction';
  const canUndo = mayUndo() && entries.some((entry) => isRowChange(entry) && !entry.undoneBy);
  return element(
    'li',
    { class: 'entry-group' },
    element(
      'div',
      { class: 'group-header' },
      element(
        'p',
        {},
        element('strong', {}, actorText(first.actor)),
        ` made ${counted(entries.length, 'change')} in one ${word} `,
        first.route && [element('code', {}, first.route), ' '],
        reasonOf(first),
      ),
      element(
        'p',
        { class: 'group-actions' },
        element('a', { href: activityAddress(together) }, `Show only this ${word}`),
        canUndo &&
          button(
            { class: 'link', onclick: () => onUndoTogether(first) },
            `Undo this ${word} as a whole…`,
          ),
      ),
      element('p', { class: 'when' }, whenOf(first, false)),
    ),
    element(
      'ol',
      { class: 'entries' },
      entries.map((entry) => entryLine(entry, { inGroup: true, actions })),
    ),
  );
}
