import pg from 'pg';
import { singr } from '../package-under-test.js';
import { dataSourceOf, startModule } from '../peers/module.js';
import { startPlainTypeOrm } from '../peers/plain-typeorm.js';
import { startPrisma } from '../peers/prisma.js';
import type { Start } from '../processes/own-process.js';
import { concurrently, connections, type RequestValues } from './requests.js';

/** The setting from which the triggers read the actor. */
const setActor = `SELECT set_config('app.current_user_id', $1, true)`;
const insert = `INSERT INTO requests (venues_id, singer_profiles_id, submitted_by_users_id, artist, title)
  VALUES ($1, $2, $3, $4, $5) RETURNING requests_id`;

export const contenders = {
  'hand-written pg': async (url, count) => {
    const pool = new pg.Pool({ connectionString: url, max: connections });
    const transact = async (request: RequestValues) => {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        await client.query(setActor, [request.submittedByUserId]);
        await client.query(insert, Object.values(request));
        await client.query('COMMIT');
      } finally {
        client.release();
      }
    };
    return { run: () => concurrently(count, transact), close: () => pool.end() };
  },
  'hand-written pg, pipelined': async (url, count) => {
    const options = { connectionString: url, max: connections, pipeline: true };
    const pool = new pg.Pool(options);
    const transact = async (request: RequestValues) => {
      const client = await pool.connect();
      try {
        await Promise.all([
          client.query('BEGIN'),
          client.query(setActor, [request.submittedByUserId]),
          client.query(insert, Object.values(request)),
          client.query('COMMIT'),
        ]);
      } finally {
        client.release();
      }
    };
    return { run: () => concurrently(count, transact), close: () => pool.end() };
  },
  'plain TypeORM': async (url, count) => {
    const dataSource = await startPlainTypeOrm(url, connections);
    const transact = (request: RequestValues) =>
      dataSource.transaction(async (manager) => {
        await manager.query(setActor, [request.submittedByUserId]);
        await manager.insert(singr.Request, request);
      });
    return { run: () => concurrently(count, transact), close: () => dataSource.destroy() };
  },
  'Prisma, interactive': async (url, count) => {
    const prisma = startPrisma(url, connections);
    const transact = (request: RequestValues) =>
      prisma.$transaction(async (transaction) => {
        await transaction.$queryRaw`SELECT set_config('app.current_user_id', ${request.submittedByUserId}, true)`;
        await transaction.request.create({ data: request });
      });
    return { run: () => concurrently(count, transact), close: () => prisma.$disconnect() };
  },
  'Prisma, batch': async (url, count) => {
    const prisma = startPrisma(url, connections);
    const transact = (request: RequestValues) =>
      prisma.$transaction([
        prisma.$queryRaw`SELECT set_config('app.current_user_id', ${request.submittedByUserId}, true)`,
        prisma.request.create({ data: request }),
      ]);
    return { run: () => concurrently(count, transact), close: () => prisma.$disconnect() };
  },
  'module, transaction()': async (url, count) => {
    const app = await startModule(url, connections);
    const dataSource = dataSourceOf(app);
    const transact = (request: RequestValues) =>
      singr.ActorContext.run({ userId: request.submittedByUserId }, () =>
        dataSource.transaction((manager) => manager.insert(singr.Request, request)),
      );
    return { run: () => concurrently(count, transact), close: () => app.close() };
  },
  module: async (url, count) => {
    const app = await startModule(url, connections);
    const requests = dataSourceOf(app).getRepository(singr.Request);
    const transact = (request: RequestValues) =>
      singr.ActorContext.run({ userId: request.submittedByUserId }, () => requests.insert(request));
    return { run: () => concurrently(count, transact), close: () => app.close() };
  },
} satisfies Record<string, Start>;
