/** The element of the page with this id. */
export const byId = (id) => document.getElementById(id);

/**
 * An element with attributes and children; those that are false, null or undefined are left out. Text becomes a text node, never markup: whatever is in the
 * database is shown as it is, and nothing of it runs.
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

/** Text for those who hear the page, and need not be told by its look. */
export const spoken = (text) => element('span', { class: 'spoken' }, text);

/** Shows a message, or hides its place when there is none. */
export function tell(place, text, kind = '') {
  place.textContent = text ?? '';
  place.className = `notice ${kind}`.trim();
  place.hidden = !text;
}
