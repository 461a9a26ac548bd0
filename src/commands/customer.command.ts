import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { moveCustomer, type MovedCustomer } from '../cells/move-customer.js';
import { CustomerProfileRepository } from '../domains/identity/repositories/profile.repository.js';
import { resolveDatabaseConfig } from '../engine/config/database.config.js';
import { dataSourceOptions } from '../engine/connection/data-source-options.js';
import { DatabaseDataSource } from '../engine/transaction/database.data-source.js';
import type { CommandGroup, CommandRunner, CommandUsage, InputOf } from './command-line/command.js';
import { confirm, confirmOption } from './confirm.js';
import { customerByText } from './customer-by-text.js';
import { InvalidArgumentError } from './errors.js';
import { formatTable } from './terminal/table.js';
import { withDatabase } from './with-database.js';

@Injectable()
export class CustomerMoveCommand implements CommandRunner {
  static readonly usage = {
    name: 'move',
    description: 'Move a customer with its audit trail to another database of the same schema.',
    arguments: { customer: { placeholder: '<customer>' } },
    options: {
      to: { flag: '--to <url>', text: 'the database to move to', required: true },
      onCopied: {
        flag: '--on-copied <command>',
        text: 'run this between the copy and the deletion, to change the directory',
      },
      ...confirmOption,
    },
  } satisfies CommandUsage;

  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    private readonly customers: CustomerProfileRepository,
  ) {}

  async run({
    customer,
    to,
    onCopied,
    yes,
  }: InputOf<typeof CustomerMoveCommand.usage>): Promise<void> {
    const config = resolveDatabaseConfig({ url: to });
    const target = new DatabaseDataSource(dataSourceOptions(config, this.database.packaged));
    await confirm(`This moves ${customer} to another database`, this.database, yes);
    const moved = await withDatabase(this.database, () =>
      withDatabase(target, async () =>
        moveCustomer(this.database, target, await customerByText(this.customers, customer), {
          onCopied: async () => {
            if (onCopied !== undefined) await runInShell(onCopied);
          },
        }),
      ),
    );
    console.log(describe(moved));
  }
}

export const customerCommands: CommandGroup = {
  name: 'customer',
  description: 'Move a customer to another database.',
  commands: [CustomerMoveCommand],
};

/** @throws InvalidArgumentError when the command fails */
async function runInShell(command: string): Promise<void> {
  const child = spawn(command, { shell: true, stdio: 'inherit' });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code === 0) return;
  throw new InvalidArgumentError(
    `The command of --on-copied ended with ${code ?? 'a signal'}, so the source keeps the customer. Mend it, and move again.`,
  );
}

function describe({ rows, shared, entries }: MovedCustomer): string {
  const counts = [
    ...Object.entries(rows).map(([table, count]) => [table, String(count)]),
    ...Object.entries(shared).map(([table, count]) => [`${table} (shared)`, String(count)]),
    ['entries of the trail', String(entries)],
  ];
  return formatTable(['table', 'moved'], counts);
}
