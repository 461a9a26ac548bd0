import type { JsonValue } from '../../common/json.js';

/** A change within a JSON value. */
export interface JsonPathChange {
  /** The place in PostgreSQL's jsonpath, such as `$.prices[0]."per hour"`. */
  readonly path: string;
  /** The value before; absent if there was none. */
  readonly from?: JsonValue;
  /** The value after; absent if it was removed. */
  readonly to?: JsonValue;
}

/**
 * The changes between two objects or two arrays; undefined for other values, which have no paths.
 *
 * Elements of arrays are compared by their positions, apart from those at the beginning and at the end that are
 * the same: so an element that was added in between is one change.
 */
export function jsonPathsBetween(from: JsonValue, to: JsonValue): JsonPathChange[] | undefined {
  const areAlike =
    isContainer(from) &&
    isContainer(to) &&
    Array.isArray(from) === Array.isArray(to) &&
    !isJsonNull(from) &&
    !isJsonNull(to);
  return areAlike ? changesAt('$', from, to) : undefined;
}

function changesAt(path: string, from: JsonValue, to: JsonValue): JsonPathChange[] {
  if (isSame(from, to)) return [];
  if (Array.isArray(from) && Array.isArray(to)) return changesOfArray(path, from, to);
  if (isObject(from) && isObject(to)) return changesOfObject(path, from, to);
  return [
    {
      path,
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    },
  ];
}

function changesOfObject(
  path: string,
  from: Readonly<Record<string, JsonValue>>,
  to: Readonly<Record<string, JsonValue>>,
): JsonPathChange[] {
  return [...new Set([...Object.keys(from), ...Object.keys(to)])].flatMap((key) =>
    changesAt(`${path}.${quoted(key)}`, own(from, key), own(to, key)),
  );
}

function changesOfArray(
  path: string,
  from: readonly JsonValue[],
  to: readonly JsonValue[],
): JsonPathChange[] {
  const shorter = Math.min(from.length, to.length);
  let start = 0;
  while (start < shorter && isSame(from[start], to[start])) start++;
  let end = 0;
  while (end < shorter - start && isSame(from.at(-1 - end), to.at(-1 - end))) end++;
  const [before, after] = [from, to].map((array) => array.slice(start, array.length - end));
  return Array.from({ length: Math.max(before!.length, after!.length) }, (_, index) =>
    changesAt(`${path}[${start + index}]`, before![index], after![index]),
  ).flat();
}

/** A key as jsonpath writes it: bare if it is a plain name, else in quotes. */
function quoted(key: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(key) ? key : JSON.stringify(key);
}

function own(object: Readonly<Record<string, JsonValue>>, key: string): JsonValue {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function isSame(from: JsonValue, to: JsonValue): boolean {
  return JSON.stringify(from) === JSON.stringify(to);
}

function isContainer(value: JsonValue): value is object {
  return typeof value === 'object' && value !== null;
}

function isObject(value: JsonValue): value is Readonly<Record<string, JsonValue>> {
  return isContainer(value) && !Array.isArray(value);
}

/** Whether it is the form in which images have a JSON null in a column. */
function isJsonNull(value: object): boolean {
  return Object.keys(value).length === 1 && Object.hasOwn(value, '[json]');
}
