import { tableOf } from '../catalogue.js';
import { element } from '../dom.js';
import { activityAddress, recordAddress } from '../router.js';
import { isRowChange, notableChanges, togetherWith } from '../words/entries.js';
import { actorText, personKey, personText } from '../words/people.js';
import { sentence } from '../words/names.js';
import { exactly, minutesFrom } from '../words/times.js';
import { valueText } from '../words/values.js';
import { differences } from './differences.js';
import { entryActions } from './entry-actions.js';
import { recordLink } from './record-link.js';

/** What an opened line shows: the values, who and why, what else belongs to it, and what can be done. */
export function entryDetails(entry, { short, actions }) {
  return element(
    'div',
    { class: 'entry-details' },
    changeList(entry),
    facts(entry, short),
    entryActions(entry, actions),
    element('p', { class: 'related' }, related(entry)),
  );
}

function changeList({ table, operation, changes }) {
  const notable = notableChanges(table, changes);
  if (notable.length === 0) return null;
  if (operation === 'UPDATE') return differences(table, notable);
  const isCreated = operation === 'INSERT';
  const filled = notable.filter(
    ({ from, to, redacted }) => redacted || (from ?? to ?? null) !== null,
  );
  return differences(table, filled, { sides: isCreated ? 'after' : 'before' });
}

function facts(entry, short) {
  const { actor, reason, context, route, undoes, undoneBy } = entry;
  const given = [
    !short && ['Record', [recordLink(entry), ` (${tableOf(entry.table).label})`]],
    ['When', exactly(entry.at)],
    ['Who', who(actor)],
    actor.onBehalfOf && ['On behalf of', person(actor.onBehalfOf)],
    reason && ['Reason', reason],
    ...Object.entries(context ?? {}).map(([name, value]) => [sentence(name), valueText(value)]),
    undoes !== null && ['Undid', undid(entry)],
    undoneBy && ['Undone', [`by ${actorText(undoneBy.actor)}, `, exactly(undoneBy.at)]],
    route && ['Request', element('code', {}, route)],
  ].filter(Boolean);
  return element(
    'dl',
    { class: 'facts' },
    given.map(([name, value]) =>
      element('div', {}, element('dt', {}, name), element('dd', {}, value)),
    ),
  );
}

function undid({ table, id, undoes }) {
  return element('a', { href: recordAddress(table, id, { entry: undoes }) }, 'an earlier change');
}

const who = (actor) => person({ ...actor, onBehalfOf: null });

function person({ id, name, email }) {
  const text = personText({ id, name, email });
  return email && email !== text ? `${text} (${email})` : text;
}

/** Links to what happened around an entry. */
function related(entry) {
  const { actor, at } = entry;
  const together = togetherWith(entry);
  const key = personKey(actor);
  const links = [
    key && [`Everything ${personText(actor)} did`, activityAddress({ actor: key })],
    together && ['Everything saved with it', activityAddress(together)],
    [
      'Everything around this time',
      activityAddress({ from: minutesFrom(at, -5), until: minutesFrom(at, 5) }),
    ],
    isRowChange(entry) && [
      'Link to this change',
      recordAddress(entry.table, entry.id, { entry: entry.sequence }),
    ],
  ];
  return links.filter(Boolean).map(([text, href]) => element('a', { href }, text));
}
