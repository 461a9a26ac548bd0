import { columnOf, tableOf } from '../catalogue.js';
import { element } from '../dom.js';
import { notableChanges, shortId } from '../words/entries.js';
import { listed } from '../words/names.js';
import { realSteps, stepDeeds } from '../words/plan.js';
import { differences } from './differences.js';
import { listWithMore } from './more.js';
import { tableIcon } from './record-link.js';

/** The steps of a dry run, with the values that each record would get. */
export function planView(plan) {
  const steps = realSteps(plan);
  if (steps.length === 0) {
    return element('p', {}, 'Everything is as it was already. There is nothing to do.');
  }
  return element(
    'div',
    { class: 'plan' },
    element(
      'h3',
      {},
      steps.length === 1 ? 'What will happen' : `What will happen to ${steps.length} records`,
    ),
    listWithMore(steps.map(stepView), { first: 8, attributes: { class: 'steps' } }),
  );
}

function stepView(step) {
  const { table, id, label, action } = step;
  return element(
    'li',
    { class: `step ${action}` },
    element(
      'p',
      { class: 'step-title' },
      tableIcon(table),
      ' ',
      element('strong', {}, label ?? shortId(id)),
      element('span', { class: 'faint' }, ` ${tableOf(table).label} `),
      element('span', { class: `badge ${action}` }, stepDeeds[action]),
    ),
    changesOf(step),
    keptNote(step),
    lostNote(step),
  );
}

function changesOf({ table, action, changes }) {
  if (action === 'update') return differences(table, notableChanges(table, changes));
  const filled = notableChanges(table, changes).filter(
    ({ from, to, redacted }) => redacted || (from ?? to ?? null) !== null,
  );
  if (filled.length === 0) return null;
  const sides = action === 'delete' ? 'before' : 'after';
  return element(
    'details',
    { class: 'more' },
    element(
      'summary',
      {},
      action === 'delete' ? 'The values that go' : 'The values that come back',
    ),
    differences(table, filled, { sides }),
  );
}

const names = (table, columns) => listed(columns.map((column) => columnOf(table, column).label));

function keptNote({ table, kept = [] }) {
  if (kept.length === 0) return null;
  const verb =
    kept.length === 1
      ? 'was changed later, and stays as it is'
      : 'were changed later, and stay as they are';
  return element('p', { class: 'faint' }, `${names(table, kept)} ${verb}.`);
}

function lostNote({ table, action, lost = [] }) {
  if (lost.length === 0) return null;
  const verbs =
    action === 'update' ? ['stays as it is', 'stay as they are'] : ['is lost', 'are lost'];
  const text = `${names(table, lost)} ${verbs[lost.length === 1 ? 0 : 1]}: not kept in the trail.`;
  return element('p', { class: 'faint' }, text);
}
