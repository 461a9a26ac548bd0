import pg from 'pg';
import { connections, contenders } from '../contenders/transaction.js';
import { addPeople } from '../data/fixtures.js';
import { faster, type Figure } from '../figure.js';
import { interleaved, medians } from '../measure.js';
import { inOwnProcesses } from '../processes/own-process.js';
import { throughSlowNetwork } from '../processes/slow-network.js';
import type { Row } from '../row.js';

export const transactionRow: Row = {
  number: 1,
  title: 'An audited transaction',
  about: `One transaction that says who acts and inserts one row into \`requests\`, without HTTP, on ${connections} connections at once. All write to the same tables with the same triggers, each from a process of its own. \`module\` is a repository’s \`insert()\` within \`ActorContext.run()\`; \`module, transaction()\` has \`dataSource.transaction()\` around it. \`telemetry\` is the same with an OpenTelemetry SDK that records every span and metric, and exports them to nowhere.`,
  async run({ databases, size, say }) {
    const url = await databases.create('transaction');
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await addPeople(client, 20);

    const near = await race(url, size(1500, 50), size(7, 1));
    const network = await throughSlowNetwork(url, 1);
    const far = await race(network.url, size(400, 20), size(3, 1));
    network.stop();

    await assertAttributed(client);
    say('every row has its actor');
    await client.end();
    await databases.drop(url);
    return {
      figures: [
        figureOf('on one machine', near),
        figureOf('a network of 2 ms there and back', far),
      ],
    };
  },
};

type Times = Record<keyof typeof contenders, number>;

/** The time of one transaction of each contender, in milliseconds. */
async function race(url: string, count: number, rounds: number): Promise<Times> {
  const names = Object.keys(contenders) as (keyof typeof contenders)[];
  const module = new URL('../contenders/transaction.ts', import.meta.url);
  const processes = await inOwnProcesses(module, names, url, count);
  const times = medians(await interleaved(rounds, processes.each));
  await processes.stop();
  for (const name of names) times[name] /= count;
  return times;
}

function figureOf(where: string, times: Times): Figure {
  const byHand = times['hand-written pg'];
  const prisma = times['Prisma, interactive'];
  return {
    work: `transactions, ${where}`,
    unit: 'a second',
    values: Object.fromEntries(Object.entries(times).map(([name, time]) => [name, 1000 / time])),
    targets: [
      faster('hand-written `pg`, not pipelined', times.module, byHand, 1),
      faster('the same, in transaction()', times['module, transaction()'], byHand, 1),
      faster('Prisma, interactive', times.module, prisma, 3),
      faster('the same, in transaction()', times['module, transaction()'], prisma, 3),
    ],
  };
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
