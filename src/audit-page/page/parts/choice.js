import { element } from '../dom.js';

/** A checkbox or radio button with its text. */
export const choice = (attributes, ...text) =>
  element(
    'label',
    { class: 'choice' },
    element('input', { type: 'checkbox', ...attributes }),
    element('span', {}, ...text),
  );

/** Whether a choice is offered and taken. */
export const isChosen = (label) => !label.hidden && label.querySelector('input').checked;

/** What may be asked for after a refusal. */
export const forceChoice = () =>
  choice({ name: 'force' }, 'Do it all the same, and overwrite the later changes');

export const redactedChoice = () =>
  choice({ name: 'redacted' }, 'Fill in a placeholder for each value that the trail does not keep');
