import { InvalidHistoryQueryError } from './errors.js';

const largest = 2n ** 63n - 1n;

/** Checks that a text is a `bigint` of PostgreSQL that is not negative. */
export function wholeNumber(name: string, value: string): string {
  if (/^\d{1,19}$/.test(value) && BigInt(value) <= largest) return value;
  throw new InvalidHistoryQueryError(`The ${name} is a decimal number of up to 2^63 - 1, as text.`);
}

export function plainText(name: string, value: string): string {
  if (typeof value === 'string' && !value.includes('\0')) return value;
  throw new InvalidHistoryQueryError(`The ${name} is a text without NUL characters.`);
}

const iso8601 =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i;

/** Checks a time. A text keeps its microseconds, which a Date would cut. Without a zone it is in UTC. */
export function time(name: string, value: Date | string): Date | string {
  const valid = typeof value === 'string' ? isoTime(value) : dateTime(value);
  if (valid !== undefined) return valid;
  throw new InvalidHistoryQueryError(
    `"${name}" is not a time: give a Date, or a text in ISO 8601.`,
  );
}

function isoTime(text: string): string | undefined {
  const [, year, month, day, zone] = iso8601.exec(text) ?? [];
  // Date.parse() reads 30 February as 2 March. PostgreSQL refuses it.
  const lastDay = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  if (year === undefined || year === '0000' || Number(day) > lastDay) return undefined;
  const normal = text
    .replace(' ', 'T')
    .replace(/([+-]\d{2}):?(\d{2})?$/, (match, hours, minutes) =>
      text.length > 10 ? `${hours}:${minutes ?? '00'}` : match,
    );
  if (Number.isNaN(Date.parse(normal))) return undefined;
  if (zone !== undefined) return text;
  return text.length > 10 ? `${text}Z` : `${text}T00:00:00Z`;
}

function dateTime(value: Date): Date | undefined {
  // The driver `pg` writes a year with four digits.
  const year = value instanceof Date ? value.getUTCFullYear() : Number.NaN;
  return year > 0 && year < 10_000 ? value : undefined;
}
