/** A technical name for display: `postal_code` and `impersonation.begun` become "Postal code", "Impersonation begun". */
export function sentence(name) {
  const words = String(name).replace(/[._]/g, ' ').trim();
  const lower = words === words.toUpperCase() ? words.toLowerCase() : words;
  return capital(lower);
}

/** A sentence's first letter. */
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** The label of a table within a sentence: "Venue" becomes "venue", "API key" stays. */
export function within(label) {
  return /^[A-Z][a-z]/.test(label) ? label.charAt(0).toLowerCase() + label.slice(1) : label;
}

/** A list for display: "a, b and c". */
export const listed = (texts) =>
  new Intl.ListFormat('en-GB', { type: 'conjunction' }).format(texts.map(String));

const number = new Intl.NumberFormat('en');

/** "1 change", "1,200 changes". */
export const counted = (count, one, many = `${one}s`) =>
  `${number.format(count)} ${count === 1 ? one : many}`;
