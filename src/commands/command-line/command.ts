import type { Type } from '@nestjs/common';
import type { ArgumentTable, OptionTable, ValuesOf } from './options.js';

/** How a command is called: the one source of its flags, its help and the type of its input. */
export interface CommandUsage {
  readonly name: string;
  readonly description: string;
  readonly arguments?: ArgumentTable;
  readonly options?: OptionTable;
  /** Unknown options are arguments: they are for another program. */
  readonly passesOnOptions?: boolean;
}

/** The values that a command is called with: of its arguments and of its options. */
export type InputOf<Usage extends CommandUsage> = ValuesOf<TableOf<Usage, 'arguments'>> &
  ValuesOf<TableOf<Usage, 'options'>>;

type TableOf<Usage extends CommandUsage, Key extends 'arguments' | 'options'> =
  Usage extends Record<Key, infer Table extends OptionTable | ArgumentTable>
    ? Table
    : Record<never, never>;

/** A command is a provider, so that Nest injects what it needs. */
export interface CommandRunner {
  run(input: object): Promise<void>;
}

/** The class of a command, with its usage. */
export interface CommandClass extends Type<CommandRunner> {
  readonly usage: CommandUsage;
}

/** Commands under one name, such as those on the audit trail. */
export interface CommandGroup {
  readonly name: string;
  readonly description: string;
  readonly commands: readonly CommandClass[];
}
