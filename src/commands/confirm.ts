import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import type { DatabaseConfig } from '../engine/config/database.config.js';
import { addressOf } from '../engine/config/server-connection.js';
import type { OptionTable } from './command-line/options.js';
import { NotConfirmedError } from './errors.js';

/** The option of every command that asks first. */
export const confirmOption = {
  yes: { flag: '--yes', text: 'do not ask first (for scripts)' },
} satisfies OptionTable;

/**
 * Asks in the terminal before a command deletes data, unless `yes` is true.
 *
 * @param what what happens, as the beginning of a sentence that ends with the database's name
 * @throws NotConfirmedError when the answer is not `y` or `yes`, or when nobody can be asked
 */
export async function confirm(
  what: string,
  { config }: { config: Pick<DatabaseConfig, 'connection'> },
  yes?: boolean,
  { input, output }: Terminal = { input: process.stdin, output: process.stderr },
): Promise<void> {
  if (yes) return;
  const statement = `${what}, in ${nameOf(config.connection)}.`;
  if (!input.isTTY) throw new NotConfirmedError(statement);
  const terminal = createInterface({ input, output });
  try {
    const answer = await Promise.race([
      terminal.question(`${statement} Continue? [y/N] `),
      // Ctrl-D ends the input without an answer.
      once(terminal, 'close').then(() => ''),
    ]);
    if (!/^y(es)?$/i.test(answer.trim())) throw new NotConfirmedError(statement);
  } finally {
    terminal.close();
  }
}

/** Where the question is asked. */
interface Terminal {
  readonly input: NodeJS.ReadableStream & { isTTY?: boolean };
  readonly output: NodeJS.WritableStream;
}

function nameOf(connection: DatabaseConfig['connection']): string {
  if (connection.kind === 'embedded') return `the embedded PostgreSQL of ${connection.dataDir}`;
  const { database, username } = connection;
  return `the database "${database}" at ${addressOf(connection)}, as "${username}"`;
}
