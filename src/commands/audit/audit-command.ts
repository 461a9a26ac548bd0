import { userInfo } from 'node:os';
import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { CommandRunner } from '../command-line/command.js';
import type { OptionTable } from '../command-line/options.js';
import { ActorContext } from '../../engine/actor/actor-context.js';
import type { Moment } from '../../engine/audit/moment.js';
import type { RecordKey } from '../../engine/audit/audited-table.js';
import type { DatabaseDataSource } from '../../engine/transaction/database.data-source.js';
import { parseJsonObject } from '../argument-values.js';
import { InvalidArgumentError } from '../errors.js';
import { terminalOf, type Terminal } from '../terminal/terminal.js';
import { withDatabase } from '../with-database.js';

/** The option of every command on the audit trail. */
export const printOptions = {
  json: { flag: '--json', text: 'print JSON instead of a table' },
} satisfies OptionTable;

/** The options of every command that writes to the audit trail. */
export const writeOptions = {
  reason: { flag: '--reason <text>', text: 'why, for the entries that the command makes' },
  ...printOptions,
} satisfies OptionTable;

/** The base class of commands on the audit trail. It connects, sets the actor and prints the result. */
@Injectable()
export abstract class AuditSubCommand implements CommandRunner {
  @Inject(getDataSourceToken()) protected readonly database!: DatabaseDataSource;

  abstract run(input: object): Promise<void>;

  /** Connects for `work`, and prints its result: as JSON, or as `format` shows it. */
  protected async print<T>(
    json: boolean | undefined,
    work: () => Promise<T>,
    format: (result: T, terminal: Terminal) => string,
  ): Promise<T> {
    const result = await withDatabase(this.database, () =>
      ActorContext.run({ name: `audit command by ${systemUser()}` }, work),
    );
    console.log(
      json === true ? JSON.stringify(result, null, 2) : format(result, terminalOf(process.stdout)),
    );
    return result;
  }
}

/** The name of the user who runs the command. In containers, the variable USER is often not set. */
function systemUser(): string {
  if (process.env.USER) return process.env.USER;
  try {
    return userInfo().username;
  } catch {
    // The user may have no name, as with `docker run --user 1234`.
    return 'unknown';
  }
}

/** Reads the id of a record: a bare key, or JSON where the key has several columns. */
export function readKey(name: string, text: string): RecordKey {
  return text.startsWith('{') ? parseJsonObject(name, text) : text;
}

/** Reads a time, which stays as it is, or the sequence of an entry, which is a number. */
export function readMoment(_name: string, text: string): Moment {
  return /^\d+$/.test(text) ? { sequence: text } : text;
}

/** Reads values of columns, as `column=value`, separated by commas. */
export function readConditions(name: string, text: string): Record<string, string> {
  const pairs = text.split(',').map((pair) => {
    const [, column, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
    if (column === undefined) {
      throw new InvalidArgumentError(`Write ${name} COLUMN=VALUE, not "${pair}".`);
    }
    return [column, value!] as const;
  });
  return Object.fromEntries(pairs);
}
