/** The element of the page with this id. */
export const byId = (id) => document.getElementById(id);

/**
 * Creates an element with attributes, listeners (functions, such as `onclick`) and children. What is false,
 * null or undefined is left out. A text becomes a text node and never markup, so a value of the database
 * cannot run as a script.
 */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === 'function') made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? '' : String(value));
  }
  made.append(...children.flat(Infinity).filter((child) => child || child === 0));
  return made;
}

/** A button that does not submit the form it is in. */
export const button = (attributes, ...children) =>
  element('button', { type: 'button', ...attributes }, ...children);

/** Text that only screen readers present. */
export const spoken = (text) => element('span', { class: 'spoken' }, text);

let count = 0;

/** An id that no other element of the page has, to connect a label with its field. */
export const uniqueId = (name) => `${name}-${++count}`;

/** A form field with its label above it. `around` is what the field is in, if it has a list of its own. */
export function labelled(label, input, around = input) {
  input.id ||= uniqueId('field');
  return element('div', { class: 'field' }, element('label', { for: input.id }, label), around);
}
