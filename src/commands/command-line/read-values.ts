import type { CommandUsage } from './command.js';
import { argumentName, flagName, isRequired, takesRest } from './options.js';
import type { Tokens } from './tokenize.js';
import { UsageError } from './usage-error.js';

/**
 * Turns the words of a call into the values of its options and arguments, by their keys. A key whose option
 * or argument was left out is absent.
 *
 * @throws UsageError, and the errors of the readers
 */
export function readValues(usage: CommandUsage, { words, options }: Tokens): object {
  assertArguments(usage, words);
  assertRequiredOptions(usage, options);
  return Object.fromEntries([...optionValues(usage, options), ...argumentValues(usage, words)]);
}

function assertArguments(usage: CommandUsage, words: Tokens['words']): void {
  const expected = Object.values(usage.arguments ?? {});
  const missing = expected.slice(words.length).find(isRequired);
  if (missing !== undefined) {
    throw new UsageError(`missing required argument '${argumentName(missing)}'`);
  }
  if (words.length > expected.length && !expected.some(takesRest)) {
    throw new UsageError(
      `too many arguments for '${usage.name}': expected ${expected.length}, got ${words.length}`,
    );
  }
}

function assertRequiredOptions(usage: CommandUsage, given: Tokens['options']): void {
  for (const [key, { flag, required }] of Object.entries(usage.options ?? {})) {
    if (required && !given.some(([name]) => name === key)) {
      throw new UsageError(`required option '${flag}' not specified`);
    }
  }
}

function optionValues(usage: CommandUsage, given: Tokens['options']): [string, unknown][] {
  return given.map(([key, text]) => {
    const option = usage.options![key]!;
    const { read = asItIs } = option;
    return [key, text === null ? true : read(`--${flagName(option)}`, text)];
  });
}

function argumentValues(usage: CommandUsage, words: Tokens['words']): [string, unknown][] {
  return Object.entries(usage.arguments ?? {}).flatMap(([key, argument], index) => {
    const { read = asItIs } = argument;
    const name = argumentName(argument);
    if (takesRest(argument)) return [[key, words.slice(index).map((word) => read(name, word))]];
    const word = words[index];
    return word === undefined ? [] : [[key, read(name, word)]];
  });
}

function asItIs(_name: string, text: string): string {
  return text;
}
