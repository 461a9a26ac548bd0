import { userInfo } from 'node:os';
import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { CommandRunner, Option } from '../command-line/command.js';
import { ActorContext } from '../../engine/actor/actor-context.js';
import type { Moment } from '../../engine/audit/audit.service.js';
import type { RecordKey } from '../../engine/audit/audited-table.js';
import type { DatabaseDataSource } from '../../engine/connection/database.data-source.js';
import { parseJsonObject } from '../argument-values.js';
import { withDatabase } from '../with-database.js';

/** What the commands on the trail have in common: a connection, an actor's name, and `--json`. */
@Injectable()
export abstract class AuditSubCommand extends CommandRunner {
  @Inject(getDataSourceToken()) protected readonly database!: DatabaseDataSource;

  @Option({ flags: '--json', description: 'print JSON instead of a table' })
  parseJson(): boolean {
    return true;
  }

  /** Connects for `work`, and prints its result: as JSON, or as `format` shows it. */
  protected async print<T>(
    json: boolean | undefined,
    work: () => Promise<T>,
    format: (result: T) => string,
  ): Promise<T> {
    const result = await withDatabase(this.database, () =>
      ActorContext.run({ name: `audit command by ${systemUser()}` }, work),
    );
    console.log(json === true ? JSON.stringify(result, null, 2) : format(result));
    return result;
  }
}

/** Who runs the command; in a container often only the system knows. */
function systemUser(): string {
  if (process.env.USER) return process.env.USER;
  try {
    return userInfo().username;
  } catch {
    // The id may have no name, as with `docker run --user 1234`.
    return 'unknown';
  }
}

/** A record as it is named on the command line: the bare key, or JSON of several columns. */
export function parseKey(text: string): RecordKey {
  return text.startsWith('{') ? parseJsonObject('id', text) : text;
}

/** A time as it is, or a number as the sequence of an entry. */
export function parseMoment(text: string): Moment {
  return /^\d+$/.test(text) ? { sequence: text } : text;
}
