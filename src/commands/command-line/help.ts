import type { Type } from '@nestjs/common';
import { descriptionOf, optionsOf, type CommandGroup, type CommandRunner } from './command.js';

type Rows = (readonly [term: string, text: string])[];

/** The commands of the program, or of one of its groups. */
export function overview(
  path: string,
  commands: readonly (Type<CommandRunner> | CommandGroup)[],
): string {
  const rows = commands.map(descriptionOf).map(({ name, arguments: places = '', description }) => {
    return [`${name} ${places}`.trim(), description] as const;
  });
  return [
    `Usage: ${path} <command> [options]`,
    '',
    ...section('Commands', rows),
    '',
    `${path} <command> --help tells more about one of them.`,
  ].join('\n');
}

/** How to use one command. */
export function commandHelp(path: string, command: Type<CommandRunner>): string {
  const { arguments: places, description } = descriptionOf(command);
  const usage = [path, '[options]', places].filter((part) => part !== undefined);
  const rows = optionsOf(command).map(({ flags, description: text, required }) => {
    return [flags, required ? `${text} (required)` : text] as const;
  });
  return [
    `Usage: ${usage.join(' ')}`,
    '',
    description,
    '',
    ...section('Options', [...rows, ['-h, --help', 'show this']]),
  ].join('\n');
}

function section(title: string, rows: Rows): string[] {
  const width = Math.max(...rows.map(([term]) => term.length));
  return [`${title}:`, ...rows.map(([term, text]) => `  ${term.padEnd(width)}  ${text}`)];
}
