/**
 * Turns the text of an option or argument into its value. `name` (`--limit`, `id`) is for error messages.
 * Without one, the value is the text.
 */
export type Reader<Value> = (name: string, text: string) => Value;

/** An option: what the command line, the help and the types of a command need to know of it. */
export interface OptionDefinition {
  /** `--json`, which is true when it is given, or `--limit <count>`, which takes a value. */
  readonly flag: `--${string}`;
  /** One line of help. */
  readonly text: string;
  readonly required?: boolean;
  readonly read?: Reader<unknown>;
}

/** A positional argument. */
export interface ArgumentDefinition {
  /** `<table>` is required, `[id]` is not; `[arguments...]` takes all that follow, and comes last. */
  readonly placeholder: `<${string}>` | `[${string}]`;
  readonly read?: Reader<unknown>;
}

/** Options by the keys under which the command gets their values. */
export type OptionTable = Readonly<Record<string, OptionDefinition>>;

/** Positional arguments in their order, by the keys under which the command gets their values. */
export type ArgumentTable = Readonly<Record<string, ArgumentDefinition>>;

/** The values that a table of options or arguments is parsed into. */
export type ValuesOf<Table extends OptionTable | ArgumentTable> = {
  [Key in keyof Table as IsAlwaysThere<Table[Key]> extends true ? Key : never]: ValueOf<Table[Key]>;
} & {
  [Key in keyof Table as IsAlwaysThere<Table[Key]> extends true ? never : Key]?: ValueOf<
    Table[Key]
  >;
};

type IsAlwaysThere<Definition> = Definition extends
  { required: true } | { placeholder: `<${string}>` | `[${string}...]` }
  ? true
  : false;

type ValueOf<Definition> = Definition extends { placeholder: `[${string}...]` }
  ? ReadValue<Definition>[]
  : Definition extends { placeholder: string } | { flag: `${string} <${string}>` }
    ? ReadValue<Definition>
    : true;

type ReadValue<Definition> = Definition extends { read: Reader<infer Value> } ? Value : string;

/** `limit` of `--limit <count>`. */
export function flagName({ flag }: OptionDefinition): string {
  return /^--([a-z-]+)/.exec(flag)![1]!;
}

export function takesValue({ flag }: OptionDefinition): boolean {
  return flag.includes(' <');
}

/** `table` of `<table>`. */
export function argumentName({ placeholder }: ArgumentDefinition): string {
  return placeholder.replace(/^[<[]|(\.\.\.)?[>\]]$/g, '');
}

export function isRequired({ placeholder }: ArgumentDefinition): boolean {
  return placeholder.startsWith('<');
}

/** Whether an argument takes every word that is left. */
export function takesRest({ placeholder }: ArgumentDefinition): boolean {
  return placeholder.endsWith('...]');
}
