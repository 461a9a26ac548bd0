import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { Writable } from 'node:stream';
import type { DataSource, QueryRunner } from 'typeorm';
import { bands, describeEverywhere, ending } from './everywhere.js';
import { Band } from './tables.js';

/** More rows than the driver fetches at once. */
const many = 'SELECT generate_series(1, 250)::int AS number';
const few = 'SELECT generate_series(1, 3)::int AS number';

async function withRunner<T>(
  dataSource: DataSource,
  work: (queryRunner: QueryRunner) => Promise<T>,
): Promise<T> {
  const queryRunner = dataSource.createQueryRunner();
  try {
    return await work(queryRunner);
  } finally {
    await queryRunner.release();
  }
}

const save = (dataSource: DataSource, number: number) =>
  dataSource.getRepository(Band).save(bands(`Band ${number}`));

const threeBands = ['Band 1', 'Band 2', 'Band 3'];

describeEverywhere('a stream', [
  {
    title: 'gives all its rows',
    run: ({ dataSource }) =>
      withRunner(dataSource, async (queryRunner) => {
        let sum = 0;
        for await (const row of await queryRunner.stream(many)) sum += row.number;
        return sum;
      }),
    gives: { result: (250 * 251) / 2 },
  },
  {
    title: 'takes parameters, and emits an event at its end',
    run: ({ dataSource }) =>
      withRunner(dataSource, async (queryRunner) => {
        let ended = false;
        const stream = await queryRunner.stream('SELECT $1::text AS word', ['yes'], () => {
          ended = true;
        });
        const rows: unknown[] = [];
        stream.on('data', (row) => rows.push(row));
        await once(stream, 'end');
        return { rows, ended };
      }),
    gives: { result: { rows: [{ word: 'yes' }], ended: true } },
  },
  {
    title: 'of a query builder gives its connection back at its end',
    run: async ({ dataSource }) => {
      await dataSource.getRepository(Band).save(bands('Ash', 'Blur'));
      const stream = await dataSource
        .getRepository(Band)
        .createQueryBuilder('band')
        .select('band.name', 'name')
        .orderBy('band.name')
        .stream();
      const names: string[] = [];
      for await (const row of stream) names.push(row.name);
      return names;
    },
    gives: { result: ['Ash', 'Blur'], left: ['Ash', 'Blur'] },
  },
  {
    title: 'of a query builder sees what its transaction has written',
    run: ({ dataSource }) =>
      dataSource.transaction(async (manager) => {
        await manager.save(bands('Ash'));
        const stream = await manager.createQueryBuilder(Band, 'band').select('name').stream();
        const names: string[] = [];
        for await (const row of stream) names.push(row.name);
        return names;
      }),
    gives: { result: ['Ash'], left: ['Ash'] },
  },
  {
    title: 'calls listeners that write by a repository',
    needs: 'a second connection',
    run: ({ dataSource }) =>
      withRunner(dataSource, async (queryRunner) => {
        const stream = await queryRunner.stream(few);
        const writes: Promise<unknown>[] = [];
        stream.on('data', ({ number }: any) => writes.push(save(dataSource, number)));
        await once(stream, 'end');
        await Promise.all(writes);
      }),
    gives: { left: threeBands },
  },
  {
    title: 'calls listeners that write in transactions',
    needs: 'a second connection',
    run: ({ dataSource }) =>
      withRunner(dataSource, async (queryRunner) => {
        const stream = await queryRunner.stream(few);
        const writes: Promise<unknown>[] = [];
        stream.on('data', ({ number }: any) =>
          writes.push(dataSource.transaction((manager) => manager.save(bands(`Band ${number}`)))),
        );
        await once(stream, 'end');
        await Promise.all(writes);
      }),
    gives: { left: threeBands },
  },
  {
    title: 'can be piped into a writer of single rows',
    needs: 'a second connection',
    run: ({ dataSource }) =>
      withRunner(dataSource, async (queryRunner) => {
        const rows = await queryRunner.stream(few);
        const written = new Writable({
          objectMode: true,
          write: ({ number }, _encoding, done) => {
            save(dataSource, number).then(() => done(), done);
          },
        });
        await pipeline(rows, written);
      }),
    gives: { left: threeBands },
  },
  {
    title: 'writes on the same query runner once it has ended',
    run: ({ dataSource }) =>
      withRunner(dataSource, async (queryRunner) => {
        await queryRunner.startTransaction();
        const numbers: number[] = [];
        for await (const row of await queryRunner.stream(few)) numbers.push(row.number);
        for (const number of numbers) await queryRunner.manager.save(bands(`Band ${number}`));
        await queryRunner.commitTransaction();
      }),
    gives: { left: threeBands },
  },
  {
    title: 'that is closed early frees its connection for the next statement',
    run: ({ dataSource }) =>
      withRunner(dataSource, async (queryRunner) => {
        let first: unknown;
        for await (const row of await queryRunner.stream(many)) {
          first = row;
          break;
        }
        await queryRunner.manager.save(bands('Ash'));
        return first;
      }),
    gives: { result: { number: 1 }, left: ['Ash'] },
  },
  {
    title: 'that the server refuses emits the error',
    run: ({ dataSource }) =>
      withRunner(dataSource, async (queryRunner) =>
        ending(
          queryRunner.stream('SELECT 1 / 0 AS number').then(async (stream) => {
            for await (const row of stream) throw new Error(`it gave ${JSON.stringify(row)}`);
          }),
        ),
      ),
    gives: { result: '22012' },
    // A statement that fails aborts the transaction of a request (docs/auditing.md, Transactions).
    but: { 'a POST request': { error: 'TRANSACTION_ABORTED' } },
  },
]);
