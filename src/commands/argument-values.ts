import type { JsonObject } from '../engine/common/json.js';
import { InvalidArgumentError } from './errors.js';

/** Reads a whole number. `unit` is for the error message. */
export function parseWholeNumber(
  option: string,
  text: string,
  { least, most, unit }: { least: number; most: number; unit: string },
): number {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new InvalidArgumentError(
    `${option} takes a whole number from ${least} to ${most} (${unit}).`,
  );
}

/** Reads one of several words. */
export function parseChoice<const Choice extends string>(
  option: string,
  text: string,
  choices: readonly Choice[],
): Choice {
  const choice = choices.find((known) => known === text);
  if (choice !== undefined) return choice;
  throw new InvalidArgumentError(`${option} takes one of ${choices.join(', ')}.`);
}

export function parseJsonObject(what: string, text: string): JsonObject {
  try {
    return JSON.parse(text) as JsonObject;
  } catch (error) {
    throw new InvalidArgumentError(`The ${what} is not valid JSON: ${(error as Error).message}.`);
  }
}
