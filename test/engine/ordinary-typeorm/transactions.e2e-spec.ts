import { bands, describeEverywhere, ending, ours, type Scenario } from './everywhere.js';
import { Band } from './tables.js';

const levels = ['READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'] as const;

describeEverywhere('a transaction', [
  {
    title: 'commits when its callback resolves, and returns its value',
    run: ({ dataSource }) =>
      dataSource.transaction(async (manager) => {
        await manager.save(bands('Ash'));
        return 'a value';
      }),
    gives: { result: 'a value', left: ['Ash'] },
  },
  {
    title: 'rolls back when its callback throws, and throws the same',
    run: ({ dataSource }) =>
      ending(
        dataSource.transaction(async (manager) => {
          await manager.save(bands('Ash'));
          throw new Error('of the callback');
        }),
      ),
    gives: { result: 'of the callback' },
  },
  {
    title: 'throws the same value when its callback throws a value that is not an Error',
    run: async ({ dataSource }) => {
      const throwing = (thrown: unknown) =>
        dataSource
          .transaction(async (manager) => {
            await manager.save(bands('Ash'));
            throw thrown;
          })
          .catch((error: unknown) => String(error));
      return [await throwing('a text'), await throwing(undefined), await throwing(null)];
    },
    gives: { result: ['a text', 'undefined', 'null'] },
  },
  {
    title: 'accepts a callback that throws before it returns a promise',
    run: ({ dataSource }) =>
      ending(
        dataSource.transaction(() => {
          throw new Error('at once');
        }),
      ),
    gives: { result: 'at once' },
  },
  {
    title: 'without writes commits too',
    run: ({ dataSource }) => dataSource.transaction(async () => 'nothing'),
    gives: { result: 'nothing' },
  },
  ...levels.map((level): Scenario => ({
    title: `has the isolation level ${level} when it is asked for`,
    run: ({ dataSource }) =>
      ending(
        dataSource.transaction(level, async (manager) => {
          await manager.save(bands('Ash'));
          const [row] = await manager.query('SHOW transaction_isolation');
          if (row.transaction_isolation !== level.toLowerCase()) throw new Error('another level');
        }),
      ),
    gives: { result: 'done', left: ['Ash'] },
    // A request has one transaction, and so one level (docs/troubleshooting.md, ISOLATION_LEVEL_CONFLICT).
    but: { 'a POST request': { result: 'ISOLATION_LEVEL_CONFLICT' } },
  })),
  {
    title: 'with a level that PostgreSQL does not have is refused before its callback runs',
    run: async ({ dataSource }) => {
      let ran = false;
      const end = await ending(
        dataSource.transaction('SNAPSHOT', async (manager) => {
          ran = true;
          await manager.save(bands('Ash'));
        }),
      );
      return { end, ran };
    },
    gives: { result: { end: 'TypeORMError', ran: false } },
  },
  {
    title: 'inside another rolls back alone',
    run: ({ dataSource }) =>
      dataSource.transaction(async (outer) => {
        await outer.save(bands('Ash'));
        const end = await ending(
          outer.transaction(async (inner) => {
            await inner.save(bands('Blur'));
            throw new Error('of the inner one');
          }),
        );
        await outer.save(bands('Cast'));
        return end;
      }),
    gives: { result: 'of the inner one', left: ['Ash', 'Cast'] },
  },
  {
    title: 'inside another rolls back the outer one if its error is not caught',
    run: ({ dataSource }) =>
      ending(
        dataSource.transaction(async (outer) => {
          await outer.save(bands('Ash'));
          await outer.transaction(async (inner) => {
            await inner.save(bands('Blur'));
            throw new Error('of the inner one');
          });
        }),
      ),
    gives: { result: 'of the inner one' },
  },
  {
    title: 'inside another is rolled back with the outer one',
    run: ({ dataSource }) =>
      ending(
        dataSource.transaction(async (outer) => {
          await outer.transaction((inner) => inner.save(bands('Blur')));
          throw new Error('of the outer one');
        }),
      ),
    gives: { result: 'of the outer one' },
  },
  {
    title: 'continues after a statement that failed in an inner one',
    run: ({ dataSource }) =>
      dataSource.transaction(async (outer) => {
        await outer.save(bands('Ash'));
        const end = await ending(outer.transaction((inner) => inner.insert(Band, { name: 'Ash' })));
        await outer.save(bands('Cast'));
        return end;
      }),
    gives: { result: '23505', left: ['Ash', 'Cast'] },
  },
  {
    title: 'two levels deep rolls back only the level that failed',
    run: ({ dataSource }) =>
      dataSource.transaction((first) =>
        first.transaction(async (second) => {
          await second.save(bands('Ash'));
          const end = await ending(
            second.transaction(async (third) => {
              await third.save(bands('Blur'));
              await third.query('SELECT 1 / 0');
            }),
          );
          await first.save(bands('Cast'));
          return end;
        }),
      ),
    gives: { result: '22012', left: ['Ash', 'Cast'] },
  },
  {
    title: 'refuses every statement after one that failed',
    run: async ({ dataSource }) => {
      const ends: string[] = [];
      const whole = await ending(
        dataSource.transaction(async (manager) => {
          await manager.save(bands('Ash'));
          ends.push(await ending(manager.query('SELECT 1 / 0')));
          ends.push(await ending(manager.find(Band)));
          throw new Error('so it gives up');
        }),
      );
      return [...ends, whole];
    },
    gives: { result: ['22012', '25P02', 'so it gives up'] },
  },
  {
    title: 'that commits after a caught failure is rolled back',
    run: ({ dataSource }) =>
      ending(
        dataSource.transaction(async (manager) => {
          await manager.save(bands('Ash'));
          await ending(manager.query('SELECT 1 / 0'));
        }),
      ),
    gives: { result: 'done' },
    // Rather than a silent rollback (docs/auditing.md, Transactions).
    // Inside a request's transaction it ends with a savepoint, as an inner one of plain TypeORM does.
    but: { ...ours({ result: 'TRANSACTION_ABORTED' }), 'a POST request': { result: '25P02' } },
  },
  {
    title: 'does not include writes that bypass its manager',
    needs: 'a second connection',
    run: ({ dataSource }) =>
      ending(
        dataSource.transaction(async () => {
          await dataSource.getRepository(Band).save(bands('Ash'));
          throw new Error('of the callback');
        }),
      ),
    gives: { result: 'of the callback', left: ['Ash'] },
    // Repositories follow the transaction around them (docs/auditing.md, How a write gets its actor).
    but: ours({ result: 'of the callback' }),
  },
  {
    title: 'has a manager that refuses writes once it has ended',
    run: async ({ dataSource }) => {
      const kept = await dataSource.transaction(async (manager) => manager);
      return ending(kept.insert(Band, { name: 'Ash' }));
    },
    gives: { result: 'QueryRunnerAlreadyReleasedError' },
  },
  {
    title: 'that was rolled back has a manager that refuses writes',
    run: async ({ dataSource }) => {
      let kept = dataSource.manager;
      await ending(
        dataSource.transaction(async (manager) => {
          kept = manager;
          await manager.save(bands('Blur'));
          throw new Error('so it rolls back');
        }),
      );
      return ending(kept.insert(Band, { name: 'Ash' }));
    },
    gives: { result: 'QueryRunnerAlreadyReleasedError' },
    // docs/auditing.md, "An operation without `await`".
    but: ours({ result: 'TRANSACTION_ENDED' }),
  },
  {
    title: 'rolls back a save of several chunks as a whole',
    run: ({ dataSource }) =>
      ending(
        dataSource.getRepository(Band).save(bands('Ash', 'Blur', 'Cast', 'Ash'), { chunk: 2 }),
      ),
    gives: { result: '23505' },
    // The save is part of the request's transaction, which its failure aborts (docs/auditing.md).
    but: { 'a POST request': { error: 'TRANSACTION_ABORTED' } },
  },
]);
