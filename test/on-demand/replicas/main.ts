/**
 * Measures on servers of its own what replicas and dead peers do to an application: `npm run on-demand -- replicas`.
 *
 * - reads after writes, 100,000 by default (`--reads 1000`), with a standby that is 200 ms behind;
 * - a tenth as many by 20 tenants: each reads its own writes, and nobody rows of others;
 * - how long reads fail, and the longest time without an answer, while servers freeze, stop, or lose packets.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Logger } from '@nestjs/common';
import {
  ActorContext,
  DatabaseDataSource,
  dataSourceOptions,
  resolveDatabaseConfig,
  TenantContext,
  Venue,
  type DatabaseOptions,
} from '../../../src/index.js';
import { isolateSingrTables } from '../../../migrations/helpers/isolate-singr-tables.js';
import { create } from '../../../src/testing/create.js';
import { Cluster } from '../../support/cluster.js';
import { SilentNetwork } from '../../support/silent-network.js';

const { values } = parseArgs({ options: { reads: { type: 'string', default: '100000' } } });
Logger.overrideLogger(false);

const open = (options: DatabaseOptions) =>
  new DatabaseDataSource(dataSourceOptions(resolveDatabaseConfig(options, {}))).initialize();

function report(name: string, figures: Record<string, unknown>): void {
  console.log(`${name}: ${JSON.stringify(figures)}`);
}

async function readsAfterWrites(primary: Cluster, delayed: Cluster): Promise<void> {
  const users = 300;
  primary.run('CREATE TABLE counters (id int PRIMARY KEY, n int NOT NULL)');
  primary.run(`INSERT INTO counters SELECT id, 0 FROM generate_series(1, ${users}) AS id`);
  const replicas = [delayed.url];
  const dataSource = await open({ url: primary.url, replicas, poolSize: 20 });
  const counts = { reads: 0, missed: 0, onReplica: 0 };
  const total = Number(values.reads);
  const write = 'UPDATE counters SET n = n + 1 WHERE id = $1 RETURNING n';
  const work = async (user: number) => {
    while (counts.reads < total) {
      const inTransaction = Math.random() < 0.5;
      const [[written]] = inTransaction
        ? await dataSource.transaction((manager) => manager.query(write, [user]))
        : await dataSource.query(write, [user]);
      for (let i = 0; i < 3; i++) {
        await sleep(Math.random() * 200);
        const read = await dataSource
          .createQueryBuilder()
          .select('counter.n', 'n')
          .addSelect('inet_server_port()', 'port')
          .from('counters', 'counter')
          .where('counter.id = :user', { user })
          .getRawOne<{ n: number; port: number }>();
        counts.reads++;
        if (read!.n < written.n) counts.missed++;
        if (read!.port === delayed.port) counts.onReplica++;
      }
    }
  };
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: users }, (_, i) =>
      ActorContext.run({ userId: String(i + 1) }, () => work(i + 1)),
    ),
  );
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  report('reads after writes, 200 ms behind', { ...counts, seconds });
  await dataSource.destroy();
}

/** Reads after writes of many tenants, whose rows policies restrict, and of readers without a tenant. */
async function tenants(primary: Cluster, delayed: Cluster): Promise<void> {
  const role = 'tenants';
  const owner = await open({ url: primary.url, migrate: true });
  await owner.query(`CREATE ROLE ${role}`);
  await owner.query(`SELECT audit.grant_application('${role}')`);
  await owner.transaction(({ queryRunner }) => isolateSingrTables(queryRunner!));
  const venues = await Promise.all(Array.from({ length: 20 }, () => create(owner, Venue)));
  await owner.destroy();
  const replicas = [delayed.url];
  const dataSource = await open({ url: primary.url, replicas, poolSize: 20, tenancy: { role } });
  const counts = { reads: 0, missed: 0, ofOthers: 0, withoutTenant: 0, onReplica: 0 };
  const total = Number(values.reads) / 10;
  const read = async () => {
    await sleep(Math.random() * 200);
    counts.reads++;
    const rows = await dataSource
      .getRepository(Venue)
      .createQueryBuilder('venue')
      .select('venue.name', 'name')
      .addSelect('venue.customerProfileId', 'tenant')
      .addSelect('inet_server_port()', 'port')
      .getRawMany<{ name: string; tenant: string; port: number }>();
    if (rows[0]?.port === delayed.port) counts.onReplica++;
    return rows;
  };
  const work = async ({ id, customerProfileId }: Venue) => {
    for (let written = 1; counts.reads < total; written++) {
      const repository = dataSource.getRepository(Venue);
      await repository.update({ id }, { name: String(written) });
      for (let i = 0; i < 3; i++) {
        const rows = await read();
        counts.ofOthers += rows.filter(({ tenant }) => tenant !== customerProfileId).length;
        if (!rows.some(({ name }) => Number(name) >= written)) counts.missed++;
      }
    }
  };
  const withoutTenant = async () => {
    while (counts.reads < total) counts.withoutTenant += (await read()).length;
  };
  await Promise.all([
    withoutTenant(),
    ...venues.map((venue, index) =>
      ActorContext.run({ userId: String(index + 1) }, () =>
        TenantContext.run(venue.customerProfileId, () => work(venue)),
      ),
    ),
  ]);
  report('reads of tenants after writes, 200 ms behind', counts);
  await dataSource.destroy();
  if (counts.missed + counts.ofOthers + counts.withoutTenant > 0) {
    throw new Error('A tenant missed its own write, or somebody read rows of others.');
  }
}

interface Trouble {
  readonly begin: () => void;
  readonly end?: () => void;
  /** How long it lasts, in milliseconds. */
  readonly duration: number;
  /** How long to look on after it, in milliseconds. */
  readonly after: number;
}

/** Reads with 16 clients before, during and after some trouble. */
async function readThrough(
  name: string,
  dataSource: DatabaseDataSource,
  { begin, end, duration, after }: Trouble,
): Promise<void> {
  const figures = { answered: 0, failed: 0 };
  const answers: number[] = [];
  let isOver = false;
  const client = async () => {
    while (!isOver) {
      try {
        await dataSource
          .createQueryBuilder()
          .select('inet_server_port()', 'port')
          .from('counters', 'counter')
          .limit(1)
          .getRawOne();
        figures.answered++;
        answers.push(performance.now());
      } catch {
        figures.failed++;
      }
      await sleep(5);
    }
  };
  const clients = Array.from({ length: 16 }, client);
  await sleep(500);
  const began = performance.now();
  begin();
  await sleep(duration);
  const ended = performance.now();
  end?.();
  await sleep(after);
  isOver = true;
  await Promise.race([Promise.all(clients), sleep(1000)]);
  const until = performance.now();
  const gaps = [began, ...answers.filter((time) => time > began), until];
  const longest = Math.max(...gaps.slice(1).map((time, i) => time - gaps[i]!));
  const first = answers.find((time) => time > ended + 20);
  report(name, {
    ...figures,
    longestGapMs: Math.round(longest),
    firstAnswerAfterMs: first === undefined ? null : Math.round(first - ended),
  });
}

async function troubles(primary: Cluster, one: Cluster, other: Cluster): Promise<void> {
  const url = primary.url;
  const replicas = [one.url, other.url];
  const run = async (name: string, options: DatabaseOptions, trouble: Trouble) => {
    const dataSource = await open({ connectAttempts: 1, ...options });
    await readThrough(name, dataSource, trouble);
    await Promise.race([dataSource.destroy().catch(() => undefined), sleep(3000)]);
  };
  await run(
    'one of two replicas is frozen for 20 s',
    { url, replicas },
    {
      begin: () => one.freeze(),
      end: () => one.thaw(),
      duration: 20_000,
      after: 3000,
    },
  );
  await run(
    'one of two replicas is stopped for 5 s',
    { url, replicas },
    {
      begin: () => one.halt(),
      end: () => one.resume(),
      duration: 5000,
      after: 6000,
    },
  );
  await run(
    'the primary, alone, is frozen for 20 s',
    { url },
    {
      begin: () => primary.freeze(),
      end: () => primary.thaw(),
      duration: 20_000,
      after: 5000,
    },
  );
  for (const directions of [['to the server'], ['to the client']] as const) {
    const network = await SilentNetwork.start(url);
    await run(
      `the network loses packets ${directions[0]} for 20 s`,
      { url: network.urlOf(url) },
      {
        begin: () => network.loseAll(...directions),
        end: () => network.mend(),
        duration: 20_000,
        after: 40_000,
      },
    );
    await network.stop();
  }
  const network = await SilentNetwork.start(url);
  await run(
    'another server gets the address, and old packets are lost',
    { url: network.urlOf(url) },
    {
      begin: () => {
        network.lose('to the server', 'to the client');
        network.target = one.port;
      },
      duration: 0,
      after: 40_000,
    },
  );
  await network.stop();
}

const primary = await Cluster.start({
  settings: { max_connections: 100, max_locks_per_transaction: 256 },
});
const delayed = await Cluster.start({
  standbyOf: primary,
  settings: { recovery_min_apply_delay: '200ms' },
});
const other = await Cluster.start({ standbyOf: primary });
const another = await Cluster.start({ standbyOf: primary });
try {
  await readsAfterWrites(primary, delayed);
  await tenants(primary, delayed);
  await troubles(primary, other, another);
} finally {
  for (const cluster of [delayed, other, another, primary]) await cluster.remove();
}
process.exit(0);
