import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { CommandRunner, CommandUsage, InputOf } from './command-line/command.js';
import type { DatabaseDataSource } from '../engine/transaction/database.data-source.js';
import { connectionString, libpqVariables } from './psql-connection.js';
import { withServer, type RunningServer } from './running-server.js';

/** Runs psql on the configured database, or prints the connection string where psql is not installed. */
@Injectable()
export class PsqlCommand implements CommandRunner {
  static readonly usage = {
    name: 'psql',
    description:
      'Open psql on the configured database with these arguments, or print its connection string.',
    arguments: { psqlArguments: { placeholder: '[arguments...]' } },
    options: {
      url: { flag: '--url', text: 'print the connection string, and do not open a shell' },
      showPassword: { flag: '--show-password', text: 'print it with the password' },
    },
    passesOnOptions: true,
  } satisfies CommandUsage;

  constructor(@Inject(getDataSourceToken()) private readonly database: DatabaseDataSource) {}

  async run(input: InputOf<typeof PsqlCommand.usage>): Promise<void> {
    const { psqlArguments, url, showPassword } = input;
    await withServer(this.database.config, async (server) => {
      if (url || !(await runPsql(server, psqlArguments))) await show(server, showPassword);
    });
  }
}

/** Runs psql, and sets the exit code to that of psql. Returns false if psql is not installed. */
async function runPsql(server: RunningServer, psqlArguments: string[]): Promise<boolean> {
  // The password is passed in the environment, because every user can see the arguments of a process.
  const psql = spawn('psql', psqlArguments, {
    stdio: 'inherit',
    env: { ...process.env, ...libpqVariables(server.address) },
  });
  // Ctrl-C in psql cancels its query, and must not end this process.
  const ignore = () => undefined;
  process.on('SIGINT', ignore);
  try {
    const [exitCode] = (await once(psql, 'close')) as [number | null];
    process.exitCode = exitCode ?? 1;
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    console.error('psql is not installed; any client can connect to:');
    return false;
  } finally {
    process.off('SIGINT', ignore);
  }
}

async function show(server: RunningServer, showPassword = false): Promise<void> {
  console.log(connectionString(server.address, showPassword));
  if (!server.endsWithUs) return;
  console.error('The embedded engine runs until you press Ctrl-C.');
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
}
