import { terminalOf } from '../terminal/terminal.js';
import { hang, wrap } from '../terminal/wrap.js';
import type { CommandClass, CommandGroup, CommandUsage } from './command.js';

type Rows = (readonly [term: string, text: string])[];

/** The commands of the program, or of one of its groups. */
export function overview(path: string, commands: readonly (CommandClass | CommandGroup)[]): string {
  const rows = commands.map((command) =>
    'usage' in command
      ? ([signature(command.usage), command.usage.description] as const)
      : ([command.name, command.description] as const),
  );
  return [
    `Usage: ${path} <command> [options]`,
    '',
    ...section('Commands', rows),
    '',
    `${path} <command> --help tells more about one of them.`,
  ].join('\n');
}

/** How to use one command. */
export function commandHelp(path: string, usage: CommandUsage): string {
  const rows = Object.values(usage.options ?? {}).map(
    ({ flag, text, required }) => [flag, required ? `${text} (required)` : text] as const,
  );
  return [
    `Usage: ${[path, '[options]', ...placeholders(usage)].join(' ')}`,
    '',
    ...wrap(usage.description, terminalOf(process.stdout).width),
    '',
    ...section('Options', [...rows, ['-h, --help', 'show this']]),
  ].join('\n');
}

function signature(usage: CommandUsage): string {
  return [usage.name, ...placeholders(usage)].join(' ');
}

function placeholders(usage: CommandUsage): string[] {
  return Object.values(usage.arguments ?? {}).map(({ placeholder }) => placeholder);
}

/** Terms that are longer have their text below them. */
const longestTerm = 32;

function section(title: string, rows: Rows): string[] {
  const terms = rows.map(([term]) => term.length).filter((length) => length <= longestTerm);
  const indent = Math.max(...terms) + 4;
  const { width } = terminalOf(process.stdout);
  const lines = rows.flatMap(([term, text]) => {
    const wrapped = wrap(text, width - indent);
    if (term.length > longestTerm) return hang([`  ${term}`, ...wrapped], indent);
    return hang([`  ${term}`.padEnd(indent) + wrapped[0]!, ...wrapped.slice(1)], indent);
  });
  return [`${title}:`, ...lines];
}
