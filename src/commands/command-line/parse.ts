import { parseArgs } from 'node:util';
import type { Type } from '@nestjs/common';
import {
  descriptionOf,
  optionsOf,
  type CommandGroup,
  type CommandOption,
  type CommandRunner,
} from './command.js';
import { commandHelp, overview } from './help.js';

/** A command that was named, with what was typed behind it. */
export interface Call {
  readonly command: Type<CommandRunner>;
  readonly words: string[];
  /** The text after each option that was given; null for one that takes none. */
  readonly options: readonly (readonly [option: CommandOption, text: string | null])[];
}

/** Help was asked for, or nothing that could be run. */
export interface Help {
  readonly help: string;
  readonly wasAskedFor: boolean;
}

/** What was typed is not a command. */
export class UsageError extends Error {
  constructor(problem: string) {
    super(`error: ${problem}`);
  }
}

/**
 * Finds the command that is meant. Nothing is guessed and nothing left over: a time whose hour is lost
 * would be another time.
 *
 * @param about what the program's own help ends with
 * @throws UsageError
 */
export function parseCommandLine(
  program: string,
  commands: readonly (Type<CommandRunner> | CommandGroup)[],
  typed: readonly string[],
  about: readonly string[] = [],
): Call | Help {
  const [first, ...rest] = typed;
  if (first === undefined || isHelp(first)) {
    const help = [overview(program, commands), ...about].join('\n');
    return { help, wasAskedFor: first !== undefined };
  }
  const found = commands.find((known) => descriptionOf(known).name === first);
  if (found === undefined) {
    throw new UsageError(
      first.startsWith('-') ? `unknown option '${first}'` : `unknown command '${first}'`,
    );
  }
  const path = `${program} ${first}`;
  return 'commands' in found
    ? parseCommandLine(path, found.commands, rest)
    : parseCall(path, found, rest);
}

function parseCall(path: string, command: Type<CommandRunner>, typed: string[]): Call | Help {
  const known = new Map(optionsOf(command).map((option) => [option.name, option]));
  const { passesOnOptions = false } = descriptionOf(command);
  const { tokens } = parseArgs({
    args: typed,
    options: Object.fromEntries(
      [...known.values()].map(({ name, takesValue }) => [
        name,
        { type: takesValue ? ('string' as const) : ('boolean' as const) },
      ]),
    ),
    strict: false,
    tokens: true,
  });
  const words: string[] = [];
  const options: [CommandOption, string | null][] = [];
  let passedOn: number | undefined;
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    const option = known.get(token.name);
    if (option !== undefined && token.rawName === `--${option.name}`) {
      options.push([option, valueOf(option, token.value)]);
    } else if (isHelp(token.rawName)) {
      return { help: commandHelp(path, command), wasAskedFor: true };
    } else if (passesOnOptions) {
      // Letters that stand together (-At) are a token each.
      if (token.index !== passedOn) words.push(typed[token.index]!);
      passedOn = token.index;
    } else {
      throw new UsageError(`unknown option '${token.rawName}'`);
    }
  }
  assertArguments(command, words);
  for (const option of known.values()) {
    if (option.required && !options.some(([given]) => given === option)) {
      throw new UsageError(`required option '${option.flags}' not specified`);
    }
  }
  return { command, words, options };
}

function valueOf(option: CommandOption, value: string | undefined): string | null {
  if (option.takesValue && value === undefined) {
    throw new UsageError(`option '${option.flags}' argument missing`);
  }
  if (!option.takesValue && value !== undefined) {
    throw new UsageError(`option '${option.flags}' takes no argument`);
  }
  return value ?? null;
}

function assertArguments(command: Type<CommandRunner>, words: readonly string[]): void {
  const { name, arguments: expected = '' } = descriptionOf(command);
  const places = expected.split(' ').filter((place) => place !== '');
  const missing = places.find((place, index) => place.startsWith('<') && index >= words.length);
  if (missing !== undefined) {
    throw new UsageError(`missing required argument '${missing.slice(1, -1)}'`);
  }
  if (words.length > places.length && !expected.endsWith('...]')) {
    throw new UsageError(
      `too many arguments for '${name}': expected ${places.length}, got ${words.length}`,
    );
  }
}

function isHelp(word: string): boolean {
  return word === '--help' || word === '-h';
}
