import { element } from '../dom.js';

const dateTime = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
const dateOnly = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' });
const longDate = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full' });
const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const spans = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

/** PostgreSQL's text of a time is not quite ISO 8601: `2026-11-22 19:31:56.957723+00`. */
function readTime(at) {
  return new Date(
    String(at)
      .replace(/^(\d{4}-\d\d-\d\d) /, '$1T')
      .replace(/([+-]\d\d)$/, '$1:00'),
  );
}

/** A time in the reader's time zone; a text that is no time stays as it is. */
export function timeText(at) {
  const time = readTime(at);
  return Number.isNaN(time.getTime()) ? String(at) : dateTime.format(time);
}

/** A day without a time, which is the same in every time zone. */
export function dateText(day) {
  const date = new Date(`${day}T00:00`);
  return Number.isNaN(date.getTime()) ? String(day) : dateOnly.format(date);
}

export const clockText = (at) => clock.format(readTime(at));

/** The day of a time: "Today", "Yesterday" or the date. */
export function dayText(at) {
  const day = new Date(readTime(at)).setHours(0, 0, 0, 0);
  const today = new Date().setHours(0, 0, 0, 0);
  const days = Math.round((today - day) / 86_400_000);
  if (days === 0) return 'Today';
  return days === 1 ? 'Yesterday' : longDate.format(day);
}

/** The time since then, in words. */
export function agoText(at) {
  const seconds = (readTime(at).getTime() - Date.now()) / 1000;
  const [unit, length] = spans.find(([, length]) => Math.abs(seconds) >= length) ?? [];
  return unit === undefined ? 'just now' : relative.format(Math.round(seconds / length), unit);
}

/** "3 minutes ago", with the exact time as its title. */
export const ago = (at) => timeElement(at, agoText(at));

/** "27 Nov 2026, 18:35:20". */
export const exactly = (at) => timeElement(at, timeText(at));

export function timeElement(at, text) {
  return element('time', { datetime: readTime(at).toISOString(), title: timeText(at) }, text);
}

/** A time as a `datetime-local` field has it, in the reader's time zone. */
export function toLocalField(at) {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return '';
  const shifted = new Date(time.getTime() - time.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 19);
}

/** The time of a `datetime-local` field, with its zone. */
export function fromLocalField(text) {
  const time = new Date(text);
  return text === '' || Number.isNaN(time.getTime()) ? '' : time.toISOString();
}

/** A time some minutes before or after another. */
export const minutesFrom = (at, minutes) =>
  new Date(readTime(at).getTime() + minutes * 60_000).toISOString();
