import { tableOf } from '../catalogue.js';
import { columnNames, nameOf, notableChanges } from './entries.js';
import { capital, counted, listed, within } from './names.js';

/** The steps of a plan that change something. */
export const realSteps = ({ steps }) => steps.filter(({ action }) => action !== 'none');

/** What happens to a record, after its name. */
export const stepDeeds = {
  insert: 'is brought back',
  update: 'is put back',
  delete: 'is deleted',
  none: 'is as it was already',
};

/** What the button does: "Delete this venue", "Put back Address", "Put back 3 records, delete 1". */
export function confirmText(plan) {
  const steps = realSteps(plan);
  if (steps.length === 0) return 'Nothing to do';
  if (steps.length === 1) return singleText(steps[0]);
  const count = (action) => steps.filter((step) => step.action === action).length;
  return capital(
    countedDeeds({ update: count('update'), insert: count('insert'), delete: count('delete') }),
  );
}

/** "put back 12 records, bring back 1 and delete 3". */
export function countedDeeds(counts) {
  const verbs = { update: 'put back', insert: 'bring back', delete: 'delete' };
  const given = Object.keys(verbs).filter((action) => counts[action] > 0);
  return listed(
    given.map((action, index) =>
      index === 0
        ? `${verbs[action]} ${counted(counts[action], 'record')}`
        : `${verbs[action]} ${counts[action]}`,
    ),
  );
}

function singleText({ action, table, changes }) {
  const what = `this ${within(tableOf(table).label)}`;
  if (action === 'delete') return `Delete ${what}`;
  if (action === 'insert') return `Bring ${what} back`;
  const columns = notableChanges(table, changes).map(({ column }) => column);
  return `Put back ${columns.length === 0 ? what : columnNames(table, columns)}`;
}

/** What happened, for the message afterwards. */
export function doneText(plan) {
  const steps = realSteps(plan);
  if (steps.length !== 1)
    return `Done: ${counted(steps.length, 'record is', 'records are')} as they were.`;
  const [step] = steps;
  const columns = notableChanges(step.table, step.changes).map(({ column }) => column);
  if (step.action === 'update' && columns.length > 0) {
    const verb = columns.length === 1 ? 'is' : 'are';
    return `${columnNames(step.table, columns)} of ${nameOf(step)} ${verb} put back.`;
  }
  return `${capital(nameOf(step))} ${stepDeeds[step.action]}.`;
}

export const deletesSomething = (plan) => plan.steps.some(({ action }) => action === 'delete');
