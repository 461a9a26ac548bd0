import { setTimeout as sleep } from 'node:timers/promises';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { getDataSourceToken } from '@nestjs/typeorm';
import {
  ActorContext,
  DatabaseModule,
  RequestRepository,
  RequestService,
  SongRepository,
  type DatabaseDataSource,
} from '../../../src/index.js';
import { runInTransaction } from '../../../src/engine/transaction/run-in-transaction.js';
import { populate, songOf } from '../evening/population.js';

const songs = 200;
const poolSize = 6;

/** An application on a primary and its replica that does its work, with a little of everything that can go wrong. */
export async function startLoad(
  url: string,
  replica: string,
): Promise<{ stop: () => Promise<void> }> {
  @Module({
    imports: [
      DatabaseModule.forRoot({
        ...{ url, replicas: [replica], migrate: true, poolSize, connectTimeout: 1000 },
        applicationName: 'dashboard',
      }),
    ],
  })
  class LoadModule {}

  const app = await NestFactory.createApplicationContext(LoadModule, { logger: false });
  const database = app.get<DatabaseDataSource>(getDataSourceToken());
  const venues = await populate(database, 20, songs);
  const any = <T>(items: readonly T[]): T => items[Math.floor(Math.random() * items.length)]!;
  const song = () => songOf(Math.floor(Math.random() * songs));
  let stopped = false;

  const submit = async () => {
    const { venueId } = any(venues);
    await app.get(RequestService).submit({ venueId, ...song(), singerName: 'Ann' });
  };
  const read = () => app.get(RequestRepository).findOpen(any(venues).venueId);
  const search = () =>
    app.get(SongRepository).search({
      query: song().title.slice(0, 4),
      customerProfileId: any(venues).customerProfileId,
    });
  // Two of these at once conflict.
  const count = () =>
    runInTransaction(database, { isolationLevel: 'SERIALIZABLE', retries: 5 }, async (manager) => {
      const [{ n }] = await manager.query(
        `SELECT count(*)::int AS n FROM roles WHERE slug LIKE 'load-%'`,
      );
      await manager.query('INSERT INTO roles (slug, description) VALUES ($1, $2)', [
        `load-${n}-${Math.random()}`,
        'load',
      ]);
    });
  const fail = () =>
    database.query(`INSERT INTO roles (slug) VALUES ('load-twice'), ('load-twice')`);
  const giveUp = () =>
    database.transaction(async (manager) => {
      await manager.query('SELECT 1');
      throw new Error('the handler fails');
    });
  const forget = () =>
    ActorContext.exit(() => database.query(`DELETE FROM roles WHERE slug LIKE 'load-%'`));
  /** A burst that takes the whole pool. */
  const burst = async () => {
    const long = Array.from({ length: poolSize + 4 }, () =>
      database.query('SELECT pg_sleep(1.2), now()'),
    );
    await Promise.allSettled([...long, ...Array.from({ length: 20 }, submit)]);
  };

  const repeat = async (work: () => Promise<unknown>, pauseMs: number) => {
    while (!stopped) {
      await ActorContext.run({ name: 'load' }, async () => work().catch(() => undefined));
      await sleep(pauseMs * (0.5 + Math.random()));
    }
  };
  const running = [
    repeat(submit, 10),
    repeat(submit, 20),
    repeat(read, 10),
    repeat(search, 10),
    repeat(count, 50),
    repeat(count, 50),
    repeat(fail, 700),
    repeat(giveUp, 400),
    repeat(forget, 4000),
    sleep(5000).then(() => repeat(burst, 20_000)),
  ];
  return {
    stop: async () => {
      stopped = true;
      await Promise.all(running);
      await app.close();
    },
  };
}
