import { element } from './dom.js';
import { differences } from './differences.js';
import { notableChanges } from './entries.js';
import { actorText, columnLabel, listed, timeText } from './format.js';
import { deed } from './timeline.js';

const deeds = {
  insert: 'is inserted again',
  update: 'is put back',
  delete: 'is deleted',
  none: 'is as it was already: nothing to do',
};

/**
 * Shows the plan of a dry run. `now` and `target` are images of the record in view, so its values can be
 * shown. Other records are shown without values, which would need further requests.
 */
export function planView({ steps }, { table, id }, now, target) {
  if (steps.length === 0 || steps.every(({ action }) => action === 'none')) {
    return element('p', {}, 'The record is as it was already: there is nothing to do.');
  }
  return element(
    'ul',
    { class: 'plan' },
    steps.map((step) => {
      const isInView = step.table === table && step.recordId === id;
      return isInView ? stepInView(step, now, target) : otherStep(step);
    }),
  );
}

function stepInView(step, now, target) {
  const lines = [`This record ${deeds[step.action]}.`];
  if (step.action !== 'update')
    return element('li', {}, lines.concat(keptNote(step), lostNote(step)));
  const changes = notableChanges({
    changes: step.columns
      .map((column) => ({ column, from: now?.[column] ?? null, to: target?.[column] ?? null }))
      .filter(({ from, to }) => JSON.stringify(from) !== JSON.stringify(to)),
  });
  return element('li', {}, lines, differences(changes), keptNote(step), lostNote(step));
}

function otherStep(step) {
  const columns = step.action === 'update' ? ` (${listed(step.columns.map(columnLabel))})` : '';
  return element(
    'li',
    {},
    `${step.table} `,
    element('code', {}, step.recordId),
    ` ${deeds[step.action]}${columns}.`,
    keptNote(step),
    lostNote(step),
  );
}

function keptNote({ kept }) {
  if (kept.length === 0) return null;
  const verb = kept.length === 1 ? 'stays as it is' : 'stay as they are';
  return element('p', { class: 'faint' }, `${listed(kept.map(columnLabel))} ${verb} now.`);
}

function lostNote({ lost, action }) {
  if (lost.length === 0) return null;
  const names = listed(lost.map(columnLabel));
  return element(
    'p',
    { class: 'faint' },
    action === 'update'
      ? `${names}: the values are not in the trail, and stay as they are now.`
      : `${names}: the values are not in the trail, and are lost.`,
  );
}

/** Why it cannot be undone, in words for whoever asked; the API's own where there are no better. */
export function refusalView(error, { id, entries }, entry) {
  if (error.body.code !== 'UNDO_CONFLICT') {
    return element('p', { class: 'notice bad' }, `Nothing was changed. ${error.message}`);
  }
  const reasons = error.body.conflicts.map(({ table, recordId, reason }) =>
    recordId === id ? `This record ${reason}.` : `${table} ${recordId} ${reason}.`,
  );
  const isLater = ({ sequence }) => entry && BigInt(sequence) > BigInt(entry.sequence);
  return element(
    'div',
    { class: 'notice bad' },
    element('p', {}, element('strong', {}, 'Conflict: nothing was changed. '), reasons.join(' ')),
    element(
      'ul',
      {},
      entries
        .filter(isLater)
        .slice(0, 5)
        .map((later) =>
          element('li', {}, `${timeText(later.at)}: ${actorText(later.actor)} ${deed(later)}`),
        ),
    ),
  );
}
