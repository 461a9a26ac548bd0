import type { EntityManager, EntitySubscriberInterface, QueryRunner } from 'typeorm';
import { bands, describeEverywhere, ending, nameOf, type Tools } from './everywhere.js';
import { Band } from './tables.js';

interface Event {
  readonly queryRunner: QueryRunner & { data: { inserted?: string[] } };
}

/** Collects what a transaction inserts, and sends it once it has committed, as an outbox does. */
class Collector implements EntitySubscriberInterface {
  readonly sent: string[][] = [];

  listenTo() {
    return Band;
  }

  afterInsert({ entity, queryRunner }: Event & { entity: Band }): void {
    (queryRunner.data.inserted ??= []).push(entity.name);
  }

  afterTransactionCommit({ queryRunner }: Event): void {
    const { inserted } = queryRunner.data;
    queryRunner.data.inserted = undefined;
    if (inserted !== undefined) this.sent.push(inserted);
  }

  afterTransactionRollback({ queryRunner }: Event): void {
    queryRunner.data.inserted = undefined;
  }
}

/** A scenario whose subscriber collects; what it has sent is looked at when everything has ended. */
function collecting(
  title: string,
  run: (manager: EntityManager, tools: Tools) => Promise<unknown>,
) {
  let collector: Collector;
  return {
    title,
    run: async (tools: Tools) => {
      collector = new Collector();
      tools.subscribe(collector);
      return run(tools.dataSource.manager, tools);
    },
    after: () => collector.sent,
  };
}

/** Writes down which events of transactions there are. */
function listening(subscribe: Tools['subscribe']): string[] {
  const heard: string[] = [];
  const names = ['Start', 'Commit', 'Rollback'].flatMap((name) => [
    `beforeTransaction${name}`,
    `afterTransaction${name}`,
  ]);
  subscribe(Object.fromEntries(names.map((name) => [name, () => void heard.push(name)])));
  return heard;
}

const start = ['beforeTransactionStart', 'afterTransactionStart'];
const commit = ['beforeTransactionCommit', 'afterTransactionCommit'];
const rollback = ['beforeTransactionRollback', 'afterTransactionRollback'];

describeEverywhere('a subscriber that waits for the commit', [
  {
    ...collecting('sends what a transaction has inserted', (manager) =>
      manager.transaction(async (inner) => {
        await inner.save(bands('Ash'));
        await inner.save(bands('Blur', 'Cast'));
      }),
    ),
    gives: { after: [['Ash', 'Blur', 'Cast']], left: ['Ash', 'Blur', 'Cast'] },
  },
  {
    ...collecting('sends what save() has inserted', async (manager) => {
      await manager.save(bands('Ash', 'Blur'));
    }),
    gives: { after: [['Ash', 'Blur']], left: ['Ash', 'Blur'] },
  },
  {
    ...collecting('sends what several saves have inserted', async (manager) => {
      await manager.save(bands('Ash'));
      await manager.save(bands('Blur'));
    }),
    gives: { after: [['Ash'], ['Blur']], left: ['Ash', 'Blur'] },
    // A request is one transaction (docs/auditing.md, Transactions).
    but: { 'a POST request': { after: [['Ash', 'Blur']], left: ['Ash', 'Blur'] } },
  },
  {
    ...collecting(
      'sends what a query runner of the application’s own has inserted',
      async (_, tools) => {
        const queryRunner = tools.dataSource.createQueryRunner();
        await queryRunner.startTransaction();
        await queryRunner.manager.save(bands('Ash'));
        await queryRunner.manager.getRepository(Band).save(bands('Blur'));
        await queryRunner.commitTransaction();
        await queryRunner.release();
      },
    ),
    gives: { after: [['Ash', 'Blur']], left: ['Ash', 'Blur'] },
  },
  {
    ...collecting('sends what inner transactions have inserted, each as it ends', (manager) =>
      manager.transaction(async (outer) => {
        await outer.transaction((inner) => inner.save(bands('Ash')));
        await outer.transaction((inner) => inner.save(bands('Blur')));
        await outer.save(bands('Cast'));
      }),
    ),
    gives: { after: [['Ash'], ['Blur'], ['Cast']], left: ['Ash', 'Blur', 'Cast'] },
  },
  {
    ...collecting('sends nothing of a transaction that was rolled back', async (manager) => {
      await ending(
        manager.transaction(async (inner) => {
          await inner.save(bands('Ash'));
          throw new Error('so it rolls back');
        }),
      );
      await manager.save(bands('Blur'));
    }),
    gives: { after: [['Blur']], left: ['Blur'] },
  },
  {
    ...collecting('sends nothing of a request or script that fails in its transaction', (manager) =>
      manager.transaction(async (inner) => {
        await inner.save(bands('Ash'));
        throw new Error('so it rolls back');
      }),
    ),
    gives: { after: [], error: 'so it rolls back' },
  },
  {
    title: 'has one `data` from the first event of a transaction to the last',
    run: async ({ dataSource, subscribe }) => {
      const seen = new Set<unknown>();
      const look = ({ queryRunner }: Event) => void seen.add(queryRunner.data);
      subscribe({
        afterTransactionStart: look,
        beforeInsert: look,
        afterInsert: look,
        beforeTransactionCommit: look,
        afterTransactionCommit: look,
      } as EntitySubscriberInterface);
      await dataSource.transaction(async (manager) => {
        seen.add(manager.queryRunner!.data);
        await manager.save(bands('Ash'));
        await manager.getRepository(Band).insert({ name: 'Blur' });
      });
      return seen.size;
    },
    gives: { result: 1, left: ['Ash', 'Blur'] },
  },
  {
    title: 'is called for each transaction, in order',
    run: async ({ dataSource, subscribe }) => {
      const heard = listening(subscribe);
      await dataSource.transaction((manager) => manager.save(bands('Ash')));
      await ending(
        dataSource.transaction(async (manager) => {
          await manager.save(bands('Blur'));
          throw new Error('so it rolls back');
        }),
      );
      return [...heard];
    },
    gives: { result: [...start, ...commit, ...start, ...rollback], left: ['Ash'] },
    // The request's own transaction begins first, with the first statement.
    but: {
      'a POST request': {
        result: [...start, ...start, ...commit, ...start, ...rollback],
        left: ['Ash'],
      },
    },
  },
  {
    title: 'is called for inner and outer transactions',
    run: async ({ dataSource, subscribe }) => {
      let heard: string[] = [];
      await dataSource.transaction(async (outer) => {
        await outer.save(bands('Ash'));
        heard = listening(subscribe);
        await outer.transaction((inner) => inner.save(bands('Blur')));
        await ending(
          outer.transaction(async (inner) => {
            await inner.save(bands('Cast'));
            throw new Error('so it rolls back');
          }),
        );
        heard = [...heard];
      });
      return heard;
    },
    gives: { result: [...start, ...commit, ...start, ...rollback], left: ['Ash', 'Blur'] },
  },
  {
    title: 'and throws then does not undo the commit',
    run: async ({ dataSource, subscribe }) => {
      subscribe({
        afterTransactionCommit: () => {
          throw new Error('of the subscriber');
        },
      });
      return dataSource
        .getRepository(Band)
        .save(bands('Ash'))
        .then(() => 'done', nameOf);
    },
    gives: { result: 'of the subscriber', left: ['Ash'] },
    // Here it is the request that commits: it has done its work, and says so.
    but: { 'a POST request': { result: 'done', left: ['Ash'] } },
  },
  {
    title: 'and throws before it rolls everything back',
    run: async ({ dataSource, subscribe }) => {
      subscribe({
        beforeTransactionCommit: () => {
          throw new Error('of the subscriber');
        },
      });
      await dataSource.transaction((manager) => manager.save(bands('Ash')));
    },
    gives: { error: 'of the subscriber' },
  },
]);
