import { element } from './dom.js';

/** A column's name for display: `postal_code` becomes "Postal code". */
export function columnLabel(column) {
  const words = column
    .replace(/_at$/, '')
    .replace(/^customer_profiles_id$/, 'customer')
    .split('_')
    .join(' ');
  return (words.charAt(0).toUpperCase() + words.slice(1))
    .replace(/\burl\b/i, 'URL')
    .replace(/\bid\b/i, 'ID');
}

/** A list for display: "a, b and c". */
export const listed = (texts) =>
  new Intl.ListFormat('en', { type: 'conjunction' }).format(texts.map(String));

const dateTime = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const spans = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

/** A time in the reader's time zone. */
export const timeText = (at) => dateTime.format(new Date(at));

/** The time since then, in words. */
export function agoText(at) {
  const seconds = (new Date(at).getTime() - Date.now()) / 1000;
  const [unit, length] = spans.find(([, length]) => Math.abs(seconds) >= length) ?? [];
  return unit === undefined ? 'just now' : relative.format(Math.round(seconds / length), unit);
}

export const timeElement = (at) => element('time', { datetime: at, title: at }, timeText(at));

/** The name of an actor in a sentence, with the user on whose behalf it acted. */
export function actorText({ onBehalfOf, ...actor }) {
  const name = personText(actor);
  return onBehalfOf ? `${name} (for ${personText(onBehalfOf)})` : name;
}

function personText({ userName, email, name, userId }) {
  return userName ?? email ?? name ?? (userId ? `deleted user ${userId}` : 'nobody that was named');
}

const timestamp = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)$/;

/** A value as text. Places and times are formatted; other values are shown unchanged. */
export function valueText(value) {
  if (value === null || value === undefined) return '(none)';
  if (value === '') return '(empty text)';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  const point = pointOf(value);
  if (point) return placeText(point);
  if (typeof value === 'object') return JSON.stringify(value);
  if (typeof value === 'string' && timestamp.test(value)) return timeText(value);
  return String(value);
}

/** Longitude and latitude of a GeoJSON point, or of the EWKB that the trail keeps. */
function pointOf(value) {
  if (value?.type === 'Point' && Array.isArray(value.coordinates)) return value.coordinates;
  // Little endian, a point, with SRID 4326; two doubles follow.
  const hex = /^0101000020E6100000([0-9A-F]{32})$/i.exec(value)?.[1];
  if (hex === undefined) return undefined;
  const bytes = Uint8Array.from(hex.match(/../g), (byte) => parseInt(byte, 16));
  const view = new DataView(bytes.buffer);
  return [view.getFloat64(0, true), view.getFloat64(8, true)];
}

function placeText([longitude, latitude]) {
  const northSouth = `${Math.abs(latitude)}° ${latitude < 0 ? 'S' : 'N'}`;
  const eastWest = `${Math.abs(longitude)}° ${longitude < 0 ? 'W' : 'E'}`;
  return `${northSouth}, ${eastWest}`;
}
