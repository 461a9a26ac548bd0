import { listed, sentence } from './names.js';
import { dateText, timeText } from './times.js';

const timestamp = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)$/;

/** A value as text. Times, enums, places and truth values are readable; others are shown unchanged. */
export function valueText(value, column = {}) {
  if (value === null || value === undefined) return '(none)';
  if (value === '') return '(empty)';
  if (typeof value === 'boolean') return value ? 'Yes' : 'No';
  const point = pointOf(value);
  if (point) return placeText(point);
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) {
    return value.length === 0
      ? '(empty list)'
      : listed(value.map((item) => enumText(item, column)));
  }
  if (typeof value === 'object') return JSON.stringify(value, null, 1).replace(/\n */g, ' ');
  if (column.type === 'date') return dateText(value);
  if (column.type === 'time' || timestamp.test(value)) return timeText(value);
  return enumText(value, column);
}

function enumText(value, { type, values }) {
  const known = values?.find((item) => item.value === value)?.label;
  return known ?? (type === 'enum' ? sentence(value) : String(value));
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
