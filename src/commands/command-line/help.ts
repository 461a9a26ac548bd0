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
    usage.description,
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

function section(title: string, rows: Rows): string[] {
  const width = Math.max(...rows.map(([term]) => term.length));
  return [`${title}:`, ...rows.map(([term, text]) => `  ${term.padEnd(width)}  ${text}`)];
}
