import { parseArgs } from 'node:util';
import type { CommandUsage } from './command.js';
import { flagName, takesValue, type OptionDefinition } from './options.js';
import { UsageError } from './usage-error.js';

/** The words behind a command's name, told apart. */
export interface Tokens {
  readonly words: readonly string[];
  /** The options that were given, with the text after each; null after one that takes no value. */
  readonly options: readonly (readonly [key: string, text: string | null])[];
}

/**
 * Tells arguments and options apart; `help` where one of the options asks for it.
 *
 * @throws UsageError
 */
export function tokenize(usage: CommandUsage, typed: readonly string[]): Tokens | 'help' {
  const known = new Map(
    Object.entries(usage.options ?? {}).map((entry) => [flagName(entry[1]), entry] as const),
  );
  const { tokens } = parseArgs({
    args: [...typed],
    options: Object.fromEntries(
      [...known].map(([name, [, option]]) => [
        name,
        { type: takesValue(option) ? ('string' as const) : ('boolean' as const) },
      ]),
    ),
    strict: false,
    tokens: true,
  });
  const words: string[] = [];
  const options: [string, string | null][] = [];
  let passedOn: number | undefined;
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    const [key, option] = known.get(token.name) ?? [];
    if (option !== undefined && token.rawName === `--${token.name}`) {
      options.push([key!, textOf(option, token.value)]);
    } else if (isHelp(token.rawName)) {
      return 'help';
    } else if (usage.passesOnOptions) {
      // Letters that stand together (-At) are a token each.
      if (token.index !== passedOn) words.push(typed[token.index]!);
      passedOn = token.index;
    } else {
      throw new UsageError(`unknown option '${token.rawName}'`);
    }
  }
  return { words, options };
}

function textOf(option: OptionDefinition, text: string | undefined): string | null {
  if (takesValue(option) && text === undefined) {
    throw new UsageError(`option '${option.flag}' argument missing`);
  }
  if (!takesValue(option) && text !== undefined) {
    throw new UsageError(`option '${option.flag}' takes no argument`);
  }
  return text ?? null;
}

export function isHelp(word: string): boolean {
  return word === '--help' || word === '-h';
}
