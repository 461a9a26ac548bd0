import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource, QueryRunner } from 'typeorm';
import { bands, describeEverywhere, ending, type Scenario } from './everywhere.js';
import { Band } from './tables.js';

/** As TypeORM's documentation does it: the runner is released whatever happens. */
async function withRunner<T>(
  dataSource: DataSource,
  work: (queryRunner: QueryRunner) => Promise<T>,
): Promise<T> {
  const queryRunner = dataSource.createQueryRunner();
  try {
    await queryRunner.connect();
    return await work(queryRunner);
  } finally {
    await queryRunner.release();
  }
}

const levels = ['READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'] as const;

describeEverywhere('a query runner of the application’s own', [
  {
    title: 'commits',
    run: ({ dataSource }) =>
      withRunner(dataSource, async (queryRunner) => {
        await queryRunner.startTransaction();
        await queryRunner.manager.save(bands('Ash'));
        await queryRunner.query(`INSERT INTO bands (name, version) VALUES ('Blur', 1)`);
        await queryRunner.commitTransaction();
      }),
    gives: { left: ['Ash', 'Blur'] },
  },
  {
    title: 'rolls back',
    run: ({ dataSource }) =>
      withRunner(dataSource, async (queryRunner) => {
        await queryRunner.startTransaction();
        await queryRunner.manager.save(bands('Ash'));
        await queryRunner.rollbackTransaction();
      }),
    gives: {},
  },
  {
    title: 'can begin another transaction after one',
    run: ({ dataSource }) =>
      withRunner(dataSource, async (queryRunner) => {
        for (const [name, end] of [
          ['Ash', 'commitTransaction'],
          ['Blur', 'rollbackTransaction'],
          ['Cast', 'commitTransaction'],
        ] as const) {
          await queryRunner.startTransaction();
          await queryRunner.manager.save(bands(name));
          await queryRunner[end]();
        }
        await queryRunner.manager.save(bands('Doves'));
      }),
    gives: { left: ['Ash', 'Cast', 'Doves'] },
  },
  {
    title: 'can nest transactions',
    run: ({ dataSource }) =>
      withRunner(dataSource, async (queryRunner) => {
        await queryRunner.startTransaction();
        await queryRunner.manager.save(bands('Ash'));
        await queryRunner.startTransaction();
        await queryRunner.manager.save(bands('Blur'));
        await queryRunner.rollbackTransaction();
        const end = await ending(
          queryRunner.manager.transaction(async (manager) => {
            await manager.save(bands('Cast'));
            throw new Error('of the inner one');
          }),
        );
        await queryRunner.manager.save(bands('Doves'));
        await queryRunner.commitTransaction();
        return end;
      }),
    gives: { result: 'of the inner one', left: ['Ash', 'Doves'] },
  },
  {
    title: 'can continue after a failure and a rollback',
    run: ({ dataSource }) =>
      withRunner(dataSource, async (queryRunner) => {
        await queryRunner.startTransaction();
        await queryRunner.manager.save(bands('Ash'));
        const end = await ending(queryRunner.manager.insert(Band, { name: 'Ash' }));
        await queryRunner.rollbackTransaction();
        await queryRunner.manager.save(bands('Blur'));
        return end;
      }),
    gives: { result: '23505', left: ['Blur'] },
  },
  {
    title: 'rolls back only what it began, and lets the error of its code through',
    run: ({ dataSource }) =>
      ending(
        withRunner(dataSource, async (queryRunner) => {
          try {
            await queryRunner.startTransaction();
            await queryRunner.manager.save(bands('Ash'));
            await queryRunner.commitTransaction();
            throw new Error('after the commit');
          } catch (error) {
            if (queryRunner.isTransactionActive) await queryRunner.rollbackTransaction();
            throw error;
          }
        }),
      ),
    gives: { result: 'after the commit', left: ['Ash'] },
  },
  {
    title: 'rolls back when it is released without commit',
    run: ({ dataSource }) =>
      withRunner(dataSource, async (queryRunner) => {
        await queryRunner.startTransaction();
        await queryRunner.manager.save(bands('Ash'));
      }),
    gives: {},
  },
  {
    title: 'cannot end a transaction that it has not begun',
    run: ({ dataSource }) =>
      withRunner(dataSource, async (queryRunner) => [
        await ending(queryRunner.commitTransaction()),
        await ending(queryRunner.rollbackTransaction()),
      ]),
    gives: { result: ['TransactionNotStartedError', 'TransactionNotStartedError'] },
  },
  {
    title: 'refuses statements once it is released',
    run: async ({ dataSource }) => {
      const queryRunner = dataSource.createQueryRunner();
      await queryRunner.query('SELECT 1');
      await queryRunner.release();
      await queryRunner.release();
      return [
        queryRunner.isReleased,
        await ending(queryRunner.query(`INSERT INTO bands (name, version) VALUES ('Ash', 1)`)),
        await ending(queryRunner.manager.insert(Band, { name: 'Ash' })),
        await ending(queryRunner.manager.find(Band)),
        await ending(queryRunner.startTransaction()),
        await ending(queryRunner.stream('SELECT 1')),
      ];
    },
    gives: {
      result: [true, ...Array<string>(5).fill('QueryRunnerAlreadyReleasedError')],
    },
  },
  ...levels.map((level): Scenario => ({
    title: `begins with the isolation level ${level}`,
    run: ({ dataSource }) =>
      withRunner(dataSource, async (queryRunner) => {
        const end = await ending(queryRunner.startTransaction(level));
        if (end !== 'done') return end;
        const [row] = await queryRunner.query('SHOW transaction_isolation');
        await queryRunner.manager.save(bands('Ash'));
        await queryRunner.commitTransaction();
        return row.transaction_isolation;
      }),
    gives: { result: level.toLowerCase(), left: ['Ash'] },
    // A request has one transaction, and so one level (docs/troubleshooting.md, ISOLATION_LEVEL_CONFLICT).
    but: { 'a POST request': { result: 'ISOLATION_LEVEL_CONFLICT' } },
  })),
  {
    title: 'refuses a level that PostgreSQL does not have, and can still be used',
    run: ({ dataSource }) =>
      withRunner(dataSource, async (queryRunner) => {
        const end = await ending(queryRunner.startTransaction('SNAPSHOT'));
        await queryRunner.manager.save(bands('Ash'));
        return end;
      }),
    gives: { result: 'TypeORMError', left: ['Ash'] },
  },
  {
    title: 'rolls back alone while others write',
    run: async ({ dataSource }) => {
      const rolledBack = withRunner(dataSource, async (queryRunner) => {
        await queryRunner.startTransaction();
        await queryRunner.manager.save(bands('Ash'));
        await sleep(20);
        await queryRunner.rollbackTransaction();
      });
      const inserted = sleep(5).then(() => dataSource.getRepository(Band).save(bands('Blur')));
      const committed = sleep(5).then(() =>
        dataSource.transaction((manager) => manager.save(bands('Cast'))),
      );
      return Promise.all([rolledBack, inserted, committed].map((work) => ending(work)));
    },
    gives: { result: ['done', 'done', 'done'], left: ['Blur', 'Cast'] },
    // They write between the runner's savepoint and its rollback: nobody is told that their rows are there.
    but: { 'a POST request': { error: 'INTERLEAVED_WRITES' } },
  },
  {
    title: 'commits before a second one that began later rolls back',
    needs: 'a second connection',
    run: ({ dataSource }) =>
      withRunner(dataSource, (first) =>
        withRunner(dataSource, async (second) => {
          await first.startTransaction();
          await first.manager.save(bands('Ash'));
          await second.startTransaction();
          await second.manager.save(bands('Blur'));
          await first.commitTransaction();
          await second.rollbackTransaction();
        }),
      ),
    gives: { left: ['Ash'] },
    // docs/auditing.md, "Query runners that the application creates do not wait".
    but: { 'a POST request': { error: 'SAVEPOINT_ORDER' } },
  },
  {
    title: 'keeps its settings for its transaction',
    run: ({ dataSource }) =>
      withRunner(dataSource, async (queryRunner) => {
        await queryRunner.startTransaction();
        await queryRunner.query(`SET LOCAL app.own = 'mine'`);
        const [row] = await queryRunner.query(`SELECT current_setting('app.own', true) AS own`);
        await queryRunner.commitTransaction();
        return row.own;
      }),
    gives: { result: 'mine' },
  },
  {
    title: 'can write after RESET ALL',
    run: ({ dataSource }) =>
      withRunner(dataSource, async (queryRunner) => {
        await queryRunner.startTransaction();
        await queryRunner.manager.save(bands('Ash'));
        await queryRunner.query('RESET ALL');
        await queryRunner.manager.save(bands('Blur'));
        await queryRunner.commitTransaction();
      }),
    gives: { left: ['Ash', 'Blur'] },
  },
  {
    title: 'reads a cursor to its end',
    run: ({ dataSource }) =>
      withRunner(dataSource, async (queryRunner) => {
        const fetched: number[][] = [];
        await queryRunner.startTransaction();
        await queryRunner.query(
          'DECLARE numbers CURSOR FOR SELECT generate_series(1, 5)::int AS number',
        );
        for (;;) {
          const rows: { number: number }[] = await queryRunner.query('FETCH 2 FROM numbers');
          if (rows.length === 0) break;
          fetched.push(rows.map(({ number }) => number));
          await queryRunner.manager.save(bands(`Band ${fetched.length}`));
        }
        await queryRunner.query('CLOSE numbers');
        await queryRunner.commitTransaction();
        return fetched;
      }),
    gives: { result: [[1, 2], [3, 4], [5]], left: ['Band 1', 'Band 2', 'Band 3'] },
  },
]);
