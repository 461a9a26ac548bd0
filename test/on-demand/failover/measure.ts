import { setTimeout as sleep } from 'node:timers/promises';
import { Application } from './application.js';
import { Clients, type Experience } from './clients.js';
import type { Cluster } from './cluster.js';
import type { MovingName } from './moving-name.js';
import { until } from './processes.js';
import type { Scenario } from './scenarios.js';

/** What a scenario has shown. Times in milliseconds after the loss of the primary. */
export interface Result {
  readonly acknowledged: number;
  /** Acknowledged writes that the database does not have. */
  readonly lost: number;
  /** Writes that the database has twice. */
  readonly twice: number;
  /** Writes that the trail does not have exactly once. */
  readonly unrecorded: number;
  readonly newPrimaryAfter: number;
  /** When the address led to the new primary. */
  readonly reachableAfter: number;
  readonly writesAfter: number;
  readonly readsAfter: number;
  /** The longest time without a successful write. */
  readonly longestGap: number;
  readonly replayed: number;
  readonly failures: Readonly<Record<number, number>>;
}

const writers = 4;

/** Runs the application through a scenario. */
export async function measure(
  cluster: Cluster,
  name: MovingName,
  scenario: Scenario,
  databaseUrl: string,
): Promise<Result> {
  await cluster.untilProtected();
  const primary = await cluster.primary();
  name.pointTo(cluster.address(primary));
  await emptyTables(cluster, primary);
  const application = await Application.start(databaseUrl);
  const clients = new Clients(application.url, writers);
  await sleep(2000);
  const lostAt = performance.now();
  const mend = await scenario.lose(cluster, primary);
  await until('there is a new primary', () => cluster.takesWrites(1 - primary), 120_000);
  const promotedAt = performance.now();
  await sleep(scenario.nameMovesAfter ?? 0);
  name.pointTo(cluster.address(1 - primary));
  const reachableAt = performance.now();
  const { experience } = clients;
  const after = (times: readonly number[]) => times.find((time) => time > promotedAt);
  await until('writes succeed', () => after(experience.successes) !== undefined, 120_000);
  await sleep(3000);
  // Back while clients write, so that an old primary that still took writes would be noticed.
  mend?.();
  await sleep(3000);
  await clients.stop();
  await application.close();
  await cluster.untilProtected();
  return {
    ...(await compare(cluster, experience)),
    newPrimaryAfter: promotedAt - lostAt,
    reachableAfter: reachableAt - lostAt,
    writesAfter: after(experience.successes)! - lostAt,
    readsAfter: (after(experience.reads) ?? Infinity) - lostAt,
    longestGap: longestGapOf(experience.successes),
    replayed: experience.replayed,
    failures: experience.failures,
  };
}

async function compare(cluster: Cluster, { acknowledged }: Experience) {
  const found = await cluster.query<{ title: string; times: number; entries: number }>(
    await cluster.primary(),
    `SELECT title, count(*)::int AS times,
       (SELECT count(*)::int FROM audit_logs l WHERE l.table_name = 'songs' AND l.new_data ->> 'title' = s.title
          AND l.actor_name = 'failover test') AS entries
     FROM songs s GROUP BY title`,
  );
  const titles = new Set(found.map(({ title }) => title));
  return {
    acknowledged: acknowledged.length,
    lost: acknowledged.filter((title) => !titles.has(title)).length,
    twice: found.filter(({ times }) => times > 1).length,
    unrecorded: found.filter(({ times, entries }) => times !== entries).length,
  };
}

/** The rows of the last scenario would slow the comparison down. */
async function emptyTables(cluster: Cluster, primary: number): Promise<void> {
  await cluster.query(
    primary,
    `SELECT set_config('app.actor_name', 'failover test', true); DELETE FROM songs`,
  );
  await cluster.query(primary, `SELECT audit.prune('songs', 'infinity', 1000000)`);
}

function longestGapOf(times: readonly number[]): number {
  let longest = 0;
  for (let index = 1; index < times.length; index++) {
    longest = Math.max(longest, times[index]! - times[index - 1]!);
  }
  return longest;
}
