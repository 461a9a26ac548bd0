/** The element of the page with this id. */
export const byId = (id) => document.getElementById(id);

/**
 * Creates an element with attributes and children. Attributes and children that are false, null or undefined
 * are left out. A text becomes a text node and never markup, so a value of the database cannot run as a
 * script.
 */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    made.setAttribute(key, value === true ? '' : String(value));
  }
  made.append(...children.flat().filter((child) => child || child === 0));
  return made;
}

/** Text that only screen readers present. */
export const spoken = (text) => element('span', { class: 'spoken' }, text);

/** Shows a message, or hides the element when there is none. */
export function tell(place, text, kind = '') {
  place.textContent = text ?? '';
  place.className = `notice ${kind}`.trim();
  place.hidden = !text;
}
