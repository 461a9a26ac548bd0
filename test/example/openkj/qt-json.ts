/**
 * Writes and reads JSON as Qt does. OpenKJ uses `QJsonDocument::toJson()` for its commands, and
 * `QJsonValue`'s conversions for the answers. The conversions never fail: they return 0, false or an empty
 * text for a value of another type.
 */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** Keys are sorted and indented by 4, and a line feed is at the end. An empty array takes two lines. */
export function toJson(document: JsonObject): string {
  return `${written(document, '')}\n`;
}

function written(value: Json | undefined, indent: string): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const inner = `${indent}    `;
  const isArray = Array.isArray(value);
  const members = isArray
    ? value.map((member: Json) => written(member, inner))
    : Object.entries(value as JsonObject)
        .filter(([, member]) => member !== undefined)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, member]) => `${JSON.stringify(key)}: ${written(member, inner)}`);
  const [open, close] = isArray ? '[]' : '{}';
  const lines = members.map((member) => `${inner}${member}`).join(',\n');
  return `${open}\n${lines}${lines && '\n'}${indent}${close}`;
}

/** Returns an object, or an empty one for any other value. */
export function fromJson(text: string): JsonObject {
  try {
    return toObject(JSON.parse(text) as Json);
  } catch {
    return {};
  }
}

export function toObject(value: Json | undefined): JsonObject {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as JsonObject) : {};
}

export function toArray(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

/** Returns 0 for a text, a fraction or a number with more than 31 bits. */
export function toInt(value: Json | undefined): number {
  return typeof value === 'number' && value === (value | 0) ? value : 0;
}

export function toBool(value: Json | undefined): boolean {
  return value === true;
}

export function toText(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
