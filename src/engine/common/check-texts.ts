import { InvalidTextError } from './errors/invalid-text.error.js';
import { storableJson } from './storable-json.js';

/** Whether PostgreSQL can store the texts, and so may have them: all are strings without a zero byte. */
export function isStorable(...texts: string[]): boolean {
  return texts.every((text) => typeof text === 'string' && !text.includes('\0'));
}

/**
 * Refuses texts that PostgreSQL cannot store, also inside JSON. Values that are neither texts nor objects pass.
 *
 * @param fields texts and other values by the names that an error gives them
 *
 * @throws InvalidTextError
 */
export function checkTexts(fields: object): void {
  for (const [field, value] of Object.entries(fields)) {
    if (!isStorableValue(value)) throw new InvalidTextError(field);
  }
}

function isStorableValue(value: unknown): boolean {
  if (typeof value === 'string') return isStorable(value);
  return typeof value !== 'object' || value === null || storableJson(value) === value;
}
