import { InvalidTextError } from './errors/invalid-text.error.js';
import { storableJson } from './storable-json.js';

/** Whether PostgreSQL can hold the texts, and so look for them: none has a zero byte. What is no text is not there. */
export function isStorable(...texts: string[]): boolean {
  return texts.every((text) => typeof text === 'string' && !text.includes('\0'));
}

/**
 * Refuses texts that PostgreSQL cannot hold, also inside JSON, by the names of the fields. Other values are
 * not looked at.
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
