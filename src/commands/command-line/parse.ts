import type { CommandClass, CommandGroup } from './command.js';
import { commandHelp, overview } from './help.js';
import { readValues } from './read-values.js';
import { isHelp, tokenize } from './tokenize.js';
import { UsageError } from './usage-error.js';

/** A command to run, with the values of its arguments and options. */
export interface Call {
  readonly command: CommandClass;
  readonly input: object;
}

/** The user asked for help, or named no command. */
export interface Help {
  readonly help: string;
  readonly wasAskedFor: boolean;
}

/**
 * Finds the command, and reads its arguments and options. Surplus words are errors: a time that is written as
 * two words without quotes would lose its hour.
 *
 * @param about the last lines of the program's own help
 * @throws UsageError, and the errors of the readers of arguments and options
 */
export function parseCommandLine(
  program: string,
  commands: readonly (CommandClass | CommandGroup)[],
  typed: readonly string[],
  about: readonly string[] = [],
): Call | Help {
  const [first, ...rest] = typed;
  if (first === undefined || isHelp(first)) {
    const help = [overview(program, commands), ...about].join('\n');
    return { help, wasAskedFor: first !== undefined };
  }
  const found = commands.find((known) => nameOf(known) === first);
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

function nameOf(command: CommandClass | CommandGroup): string {
  return 'usage' in command ? command.usage.name : command.name;
}

function parseCall(path: string, command: CommandClass, typed: readonly string[]): Call | Help {
  const { usage } = command;
  const tokens = tokenize(usage, typed);
  if (tokens === 'help') return { help: commandHelp(path, usage), wasAskedFor: true };
  return { command, input: readValues(usage, tokens) };
}
