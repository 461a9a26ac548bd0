import { Injectable, type Type } from '@nestjs/common';

/** What is said of a command on the command line. */
export interface CommandDescription {
  readonly name: string;
  readonly description: string;
  /** Its arguments, such as `<table> <id> [to]`: those in angle brackets are required. */
  readonly arguments?: string;
  /** Options that it does not know are arguments, for another program. */
  readonly passesOnOptions?: boolean;
}

/** What is said of an option. The method that it stands on turns the text after it into a value. */
export interface OptionDescription {
  /** Such as `--limit <count>`, or `--json`, which takes no value. */
  readonly flags: string;
  readonly description: string;
  readonly required?: boolean;
}

/** An option, with the method that reads its value. */
export interface CommandOption extends OptionDescription {
  /** Without its dashes. */
  readonly name: string;
  /** As the command gets it: `dryRun` for `--dry-run`. */
  readonly key: string;
  readonly takesValue: boolean;
  readonly method: string;
}

/** A command: a provider, so that Nest gives it what it needs. */
export abstract class CommandRunner {
  abstract run(words: string[], flags: object): Promise<void>;
}

/** Commands under one name, such as those on the audit trail. */
export interface CommandGroup {
  readonly name: string;
  readonly description: string;
  readonly commands: readonly Type<CommandRunner>[];
}

const descriptions = new WeakMap<Function, CommandDescription>();
const optionsByClass = new WeakMap<Function, CommandOption[]>();

export function Command(description: CommandDescription): ClassDecorator {
  return (target) => {
    descriptions.set(target, description);
    Injectable()(target);
  };
}

export function Option(description: OptionDescription): MethodDecorator {
  return (target, method) => {
    const [, name = '', value] = /^--([a-z-]+)( <.+>)?$/.exec(description.flags) ?? [];
    const option: CommandOption = {
      ...description,
      name,
      key: name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()),
      takesValue: value !== undefined,
      method: String(method),
    };
    const known = optionsByClass.get(target.constructor) ?? [];
    optionsByClass.set(target.constructor, [...known, option]);
  };
}

export function descriptionOf(command: Function | CommandGroup): CommandDescription {
  return typeof command === 'function' ? descriptions.get(command)! : command;
}

/** A command's options, those that it shares with others last. */
export function optionsOf(command: Function): CommandOption[] {
  const parent = Object.getPrototypeOf(command) as Function;
  const inherited = parent === Function.prototype ? [] : optionsOf(parent);
  return [...(optionsByClass.get(command) ?? []), ...inherited];
}
