import pg from 'pg';
import { applicationRole, contenders as withOptions } from '../contenders/options.js';
import { connections, customers } from '../contenders/requests.js';
import { contenders } from '../contenders/transaction.js';
import { addPeople } from '../data/fixtures.js';
import { faster, type Figure } from '../figure.js';
import { interleaved, medians } from '../measure.js';
import { inOwnProcesses, type Start } from '../processes/own-process.js';
import { isolate } from '../peers/module.js';
import { throughSlowNetwork } from '../processes/slow-network.js';
import type { Row } from '../row.js';

export const transactionRow: Row = {
  number: 1,
  title: 'An audited transaction',
  about: `One transaction that says who acts and inserts one row into \`requests\`, without HTTP, on ${connections} connections at once. All write to the same tables with the same triggers, each from a process of its own. \`module\` is a repository’s \`insert()\` within \`ActorContext.run()\`; \`module, transaction()\` has \`dataSource.transaction()\` around it. The last figure is the module alone: with an OpenTelemetry SDK that records every span and metric and exports them to nowhere, with row-level security of tenants, and with both.`,
  async run({ databases, size, say }) {
    const url = await databases.create('transaction');
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await addPeople(client, customers);

    const near = await race('transaction', contenders, url, size(1500, 50), size(7, 1));
    const network = await throughSlowNetwork(url, 1);
    const far = await race('transaction', contenders, network.url, size(400, 20), size(3, 1));
    network.stop();
    await isolate(url, applicationRole);
    const options = await race('options', withOptions, url, size(1500, 50), size(7, 1));

    await assertAttributed(client);
    say('every row has its actor');
    await client.end();
    await databases.drop(url);
    await databases.ask(`DROP ROLE ${applicationRole}`);
    return {
      figures: [
        figureOf('on one machine', near),
        figureOf('a network of 2 ms there and back', far),
        optionsFigure(options),
      ],
    };
  },
};

/** The time of one transaction of each contender of a module, in milliseconds. */
async function race<Name extends string>(
  module: 'options' | 'transaction',
  named: Record<Name, Start>,
  url: string,
  count: number,
  rounds: number,
): Promise<Record<Name, number>> {
  const names = Object.keys(named) as Name[];
  const file = new URL(`../contenders/${module}.ts`, import.meta.url);
  const processes = await inOwnProcesses(file, names, url, count);
  const times = medians(await interleaved(rounds, processes.each));
  await processes.stop();
  for (const name of names) times[name] /= count;
  return times;
}

function figureOf(where: string, times: Record<keyof typeof contenders, number>): Figure {
  const byHand = times['hand-written pg'];
  const prisma = times['Prisma, interactive'];
  return {
    work: `transactions, ${where}`,
    unit: 'a second',
    values: aSecond(times),
    targets: [
      faster('hand-written `pg`, not pipelined', times.module, byHand, 1),
      faster('the same, in transaction()', times['module, transaction()'], byHand, 1),
      faster('Prisma, interactive', times.module, prisma, 3),
      faster('the same, in transaction()', times['module, transaction()'], prisma, 3),
    ],
  };
}

function optionsFigure(times: Record<keyof typeof withOptions, number>): Figure {
  return {
    work: 'transactions of the module, with options',
    unit: 'a second',
    values: aSecond(times),
    targets: [
      faster('telemetry, against neither', times.telemetry, times.neither, 0.8),
      faster('tenancy, against neither', times.tenancy, times.neither, 0.95),
      faster('both, against neither', times.both, times.neither, 0.75),
    ],
  };
}

function aSecond(times: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(times).map(([name, time]) => [name, 1000 / time]));
}

/** Checks that no contender lost the actor. */
async function assertAttributed(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ wrong: string }>(
    `SELECT count(*) AS wrong FROM requests r
     WHERE NOT EXISTS (SELECT FROM audit_logs a
       WHERE a.table_name = 'requests' AND a.record_id = r.requests_id::text
         AND a.user_id = r.submitted_by_users_id)`,
  );
  if (rows[0]!.wrong !== '0') throw new Error(`${rows[0]!.wrong} rows lack their actor.`);
}
