import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { getDataSourceToken } from '@nestjs/typeorm';
import {
  ActorContext,
  ApiKeyService,
  DatabaseModule,
  RequestRepository,
  RequestService,
  SongCatalogueService,
  SongRepository,
  StateRepository,
  type DatabaseDataSource,
} from '../../../src/index.js';
import { kinds, rateOf, type Kind } from './model.js';
import { populate, songOf, type PlayedVenue } from './population.js';
import { printSizes } from './sizes.js';

/*
 * Plays the traffic of an evening on one machine: as many calls of each kind per second as that many venues make, for
 * some seconds. Calls are due at their times, whether or not earlier ones have ended.
 *
 *   DATABASE_URL=… npm run on-demand -- evening --venues 1000 --songs 500 --seconds 60
 */
const { values } = parseArgs({
  options: {
    venues: { type: 'string', default: '1000' },
    songs: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '30' },
    pool: { type: 'string', default: '10' },
  },
});
const venues = Number(values.venues);
const songs = Number(values.songs);
const seconds = Number(values.seconds);
/** The greatest number of calls that wait at once. Calls beyond it are counted as refused. */
const mostWaiting = 1000;

@Module({
  imports: [
    DatabaseModule.forRoot({
      migrate: true,
      poolSize: Number(values.pool),
      applicationName: 'evening',
    }),
  ],
})
class EveningModule {}

interface Tally {
  due: number;
  refused: number;
  failed: number;
  latencies: number[];
}

const app = await NestFactory.createApplicationContext(EveningModule, { logger: ['error'] });
const database = app.get<DatabaseDataSource>(getDataSourceToken());
if (database.config.connection.kind === 'embedded') throw new Error('Set DATABASE_URL.');

const [{ count }] = await database.query<[{ count: number }]>(
  'SELECT count(*)::int AS count FROM venues',
);
if (count > 0) throw new Error('The database has venues. Give the evening an empty one.');
console.log(`${venues} venues with ${songs} songs each`);
const played = await populate(database, venues, songs);
const keys: { key: string; venue: PlayedVenue }[] = [];
for (const venue of played.slice(0, 100)) {
  const { customerProfileId } = venue;
  const { key } = await app.get(ApiKeyService).issue({ customerProfileId });
  keys.push({ key, venue });
}

const [{ last }] = await database.query<[{ last: string }]>(
  'SELECT max(sequence)::text AS last FROM audit_logs',
);

const any = <T>(items: readonly T[]): T => items[Math.floor(Math.random() * items.length)]!;
const open: { venueId: string; requestId: string }[] = [];

const calls: Record<Kind, () => Promise<unknown>> = {
  poll: async () => {
    const { key } = any(keys);
    await app.get(ApiKeyService).authenticate(key);
    await app.get(StateRepository).currentSerial(any(played).customerProfileId);
  },
  request: async () => {
    const { venueId } = any(played);
    const { request } = await app
      .get(RequestService)
      .submit({ venueId, ...songOf(Math.floor(Math.random() * songs)), singerName: 'Ann' });
    open.push({ venueId, requestId: request.id });
  },
  queue: () => app.get(RequestRepository).findOpen(any(played).venueId),
  process: async () => {
    const next = open.shift();
    if (next !== undefined) await app.get(RequestService).process(next.venueId, next.requestId);
  },
  search: () => {
    const { title } = songOf(Math.floor(Math.random() * songs));
    return app.get(SongRepository).search({
      query: title.slice(0, 3 + Math.floor(Math.random() * 6)),
      customerProfileId: any(played).customerProfileId,
    });
  },
  upload: () => {
    const { customerProfileId } = any(played);
    // A few songs are new.
    const catalogue = Array.from({ length: songs + 10 }, (_, number) => songOf(number));
    return app
      .get(SongCatalogueService)
      .import(catalogue, { customerProfileId, openkjSystemId: 1, replace: true });
  },
};

const tallies = Object.fromEntries(
  kinds.map((kind) => [kind, { due: 0, refused: 0, failed: 0, latencies: [] }]),
) as unknown as Record<Kind, Tally>;
const waiting = new Set<Promise<unknown>>();

function begin(kind: Kind, dueAt: number): void {
  const tally = tallies[kind];
  tally.due++;
  if (waiting.size >= mostWaiting) return void tally.refused++;
  const call = ActorContext.run({ name: 'evening' }, async () => calls[kind]()).then(
    () => void tally.latencies.push(performance.now() - dueAt),
    () => void tally.failed++,
  );
  waiting.add(call);
  void call.then(() => waiting.delete(call));
}

const processAt = process.cpuUsage();
const machineAt = machineTimes();
const startedAt = performance.now();
let longestQueue = 0;
while (performance.now() - startedAt < seconds * 1000) {
  const elapsed = (performance.now() - startedAt) / 1000;
  for (const kind of kinds) {
    const rate = rateOf(kind, venues);
    while (tallies[kind].due < Math.floor(rate * elapsed)) {
      begin(kind, startedAt + ((tallies[kind].due + 1) / rate) * 1000);
    }
  }
  longestQueue = Math.max(longestQueue, database.gate.longestWait);
  await sleep(5);
}
await Promise.all(waiting);
const took = (performance.now() - startedAt) / 1000;
const used = process.cpuUsage(processAt);
const machine = machineTimes();

console.log(`played ${seconds} s in ${took.toFixed(1)} s`);
for (const kind of kinds) {
  const { due, refused, failed, latencies } = tallies[kind];
  latencies.sort((a, b) => a - b);
  const quantile = (part: number) =>
    (latencies[Math.floor(latencies.length * part)] ?? 0).toFixed(1);
  console.log(
    `${kind}: ${(due / seconds).toFixed(1)}/s due, ${(latencies.length / took).toFixed(1)}/s done, ` +
      `p50 ${quantile(0.5)} ms, p99 ${quantile(0.99)} ms, ${refused} refused, ${failed} failed`,
  );
}
const core = ((used.user + used.system) / 1e6 / took) * 100;
const busy = 100 * (1 - (machine.idle - machineAt.idle) / (machine.all - machineAt.all));
console.log(
  `this process used ${core.toFixed(0)} % of one core; the machine with ${cpus().length} cores was ${busy.toFixed(0)} % busy; ` +
    `the longest wait for a connection was ${longestQueue.toFixed(0)} ms`,
);
await printSizes(database, last);
await app.close();

/** The processor times of the whole machine, in ticks (Linux). */
function machineTimes(): { all: number; idle: number } {
  const [line] = readFileSync('/proc/stat', 'utf8').split('\n');
  const ticks = line!.split(/\s+/).slice(1).map(Number);
  return { all: ticks.reduce((sum, tick) => sum + tick, 0), idle: ticks[3]! + ticks[4]! };
}
