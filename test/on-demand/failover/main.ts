import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { resolveDatabaseConfig } from '../../../src/engine/config/database.config.js';
import { dataSourceOptions } from '../../../src/engine/module/core-data-source-options.js';
import { DatabaseDataSource } from '../../../src/engine/transaction/database.data-source.js';
import { createTables } from './application.js';
import { Cluster } from './cluster.js';
import { measure, type Result } from './measure.js';
import { MovingName } from './moving-name.js';
import { localNetwork, namespaceNetwork } from './networks.js';
import { findPrograms } from './programs.js';
import { scenarios } from './scenarios.js';

/** The application must be back this long after the new primary can be reached, in milliseconds. */
const patience = 2000;

Logger.overrideLogger(false);

/** `npm run on-demand -- failover`, with the names of scenarios, or without for all. */
const chosen = process.argv.slice(2);
for (const name of chosen) {
  if (name in scenarios) continue;
  throw new Error(`There is no scenario ${name}. There are: ${Object.keys(scenarios).join(', ')}.`);
}

const programs = findPrograms();
/** The first of the ports on 127.0.0.1: two, or nine without root. */
const firstPort = Number(process.env.FAILOVER_PORT ?? 15_430);
const isRoot = process.getuid?.() === 0;
const network = isRoot ? namespaceNetwork() : localNetwork(firstPort + 1);
const cluster = new Cluster(programs, network, firstPort);
const name = new MovingName(cluster.address(0));
let isFine = true;
let isDone = false;

process.once('SIGINT', () => void stop().then(() => process.exit(130)));
try {
  console.log(`Starting etcd, Patroni and HAProxy; their logs are in ${cluster.folder}`);
  if (!isRoot) {
    console.log('Without root, a machine that is gone is one whose processes are all stopped.');
  }
  await cluster.start();
  await name.listen(firstPort + 1);
  await prepare();
  for (const [key, scenario] of Object.entries(scenarios)) {
    if (chosen.length > 0 && !chosen.includes(key)) continue;
    const port = scenario.by === 'name' ? firstPort + 1 : firstPort;
    const result = await measure(cluster, name, scenario, urlOf(port));
    report(`${key}: ${scenario.title}`, result);
  }
  isDone = true;
} finally {
  await stop();
}
process.exitCode = isFine ? 0 : 1;

async function stop(): Promise<void> {
  await name.stop();
  await cluster.stop();
  // After a failure of the test itself, the logs tell why.
  if (isDone) cluster.removeFiles();
}

function urlOf(port: number): string {
  return `postgres://postgres@127.0.0.1:${port}/postgres`;
}

async function prepare(): Promise<void> {
  name.pointTo(cluster.address(await cluster.primary()));
  const config = resolveDatabaseConfig({ url: urlOf(firstPort + 1) }, {});
  const dataSource = await new DatabaseDataSource(dataSourceOptions(config)).initialize();
  await createTables(dataSource);
  await dataSource.destroy();
}

function report(title: string, result: Result): void {
  const backAfter = result.writesAfter - result.reachableAfter;
  const readsAfter = result.readsAfter - result.reachableAfter;
  const isKept = result.lost + result.twice + result.unrecorded === 0;
  const isBack = backAfter <= patience && readsAfter <= patience;
  isFine &&= isKept && isBack;
  const failures = Object.entries(result.failures).map(([status, count]) => `${count} × ${status}`);
  console.log(
    [
      `${isKept && isBack ? 'passed' : 'FAILED'}  ${title}`,
      `  ${result.acknowledged} acknowledged: ${result.lost} lost, ${result.twice} twice, ${result.unrecorded} not in the trail once`,
      `  new primary after ${seconds(result.newPrimaryAfter)}, reachable after ${seconds(result.reachableAfter)}`,
      `  then writes after ${seconds(backAfter)}, reads after ${seconds(readsAfter)}; no write for ${seconds(result.longestGap)}`,
      `  ${result.replayed} retries got the first answer; failed tries: ${failures.join(', ') || 'none'}`,
    ].join('\n'),
  );
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
