import type { EntityManager, EntitySubscriberInterface, QueryRunner } from 'typeorm';
import { bands, describeEverywhere, type Scenario, type Tools } from './everywhere.js';
import { Band, Poster, Remark } from './tables.js';

interface Event {
  readonly dataSource: Tools['dataSource'];
  readonly queryRunner: QueryRunner;
  readonly manager: EntityManager;
}

/** The ways in which a subscriber comes to the database. */
const ways = {
  'event.manager': ({ manager }: Event, text: string) => manager.insert(Remark, { text }),
  'event.queryRunner': ({ queryRunner }: Event, text: string) =>
    queryRunner.query('INSERT INTO remarks (text) VALUES ($1)', [text]),
  'event.dataSource': ({ dataSource }: Event, text: string) =>
    dataSource.query('INSERT INTO remarks (text) VALUES ($1)', [text]),
} as const;
type Way = keyof typeof ways;

/** Another connection is what plain TypeORM takes for what comes from the data source. */
const needs = (way: Way) =>
  way === 'event.dataSource' ? { needs: 'a second connection' as const } : {};

const remarks = async ({ dataSource }: Tools) =>
  (await dataSource.getRepository(Remark).find({ order: { id: 'ASC' } })).map(({ text }) => text);

const entityEvents = [
  'beforeInsert',
  'afterInsert',
  'beforeUpdate',
  'afterUpdate',
  'beforeRemove',
  'afterRemove',
] as const;

function onEntities(way: Way): Scenario {
  return {
    title: `writes by ${way} before and after every change of an entity`,
    ...needs(way),
    run: async ({ dataSource, subscribe }) => {
      const subscriber: EntitySubscriberInterface = { listenTo: () => Band };
      for (const name of entityEvents) {
        subscriber[name] = (event: object) => ways[way](event as Event, name);
      }
      subscribe(subscriber);
      const repository = dataSource.getRepository(Band);
      const [band] = await repository.save(bands('Ash'));
      await repository.save({ ...band, fans: 5 });
      await repository.remove(await repository.findOneByOrFail({ name: 'Ash' }));
      await repository.save(bands('Blur'));
    },
    after: remarks,
    gives: { after: [...entityEvents, 'beforeInsert', 'afterInsert'], left: ['Blur'] },
  };
}

function onLoad(way: Way): Scenario {
  return {
    title: `writes by ${way} once an entity is loaded`,
    run: async ({ dataSource, subscribe }) => {
      await dataSource.getRepository(Band).save(bands('Ash'));
      subscribe({
        listenTo: () => Band,
        afterLoad: async (band: Band, event) => {
          await ways[way](event as unknown as Event, `loaded ${band.name}`);
        },
      });
      await dataSource.getRepository(Band).find();
    },
    ...needs(way),
    after: remarks,
    gives: { after: ['loaded Ash'], left: ['Ash'] },
  };
}

function onQueries(way: Way, name: 'beforeQuery' | 'afterQuery'): Scenario {
  return {
    title: `writes by ${way} in ${name}`,
    ...needs(way),
    run: async ({ dataSource, subscribe }) => {
      subscribe({
        [name]: async (event: Event & { query: string }) => {
          if (event.query.startsWith('INSERT INTO "bands"')) await ways[way](event, name);
        },
      });
      await dataSource.getRepository(Band).save(bands('Ash'));
      await dataSource.transaction((manager) => manager.save(bands('Blur')));
    },
    after: remarks,
    gives: { after: [name, name], left: ['Ash', 'Blur'] },
  };
}

const transactionEvents = [
  'beforeTransactionStart',
  'afterTransactionStart',
  'beforeTransactionCommit',
  'afterTransactionCommit',
  'beforeTransactionRollback',
  'afterTransactionRollback',
] as const;

function onTransactions(way: Way, name: (typeof transactionEvents)[number]): Scenario {
  const isRollback = name.endsWith('Rollback');
  const isStart = name.endsWith('Start');
  return {
    title: `queries by ${way} in ${name}`,
    ...needs(way),
    run: async ({ dataSource, subscribe }) => {
      const seen: unknown[] = [];
      subscribe({
        [name]: async (event: Event) => {
          const sql = 'SELECT 7 AS seven';
          seen.push(
            ...(await (way === 'event.manager' ? event.manager.query(sql) : asks(event, sql))),
          );
        },
      });
      const asks = (event: Event, sql: string) =>
        way === 'event.queryRunner' ? event.queryRunner.query(sql) : event.dataSource.query(sql);
      await dataSource
        .transaction(async (manager) => {
          await manager.save(bands('Ash'));
          if (isRollback) throw new Error('so it rolls back');
        })
        .catch(() => undefined);
      // A request's own transaction ends later.
      return [...seen];
    },
    gives: { result: [{ seven: 7 }], left: isRollback ? [] : ['Ash'] },
    // A request's own transaction begins with the first statement, and this one is a nested one in it.
    but: isStart
      ? { 'a POST request': { result: [{ seven: 7 }, { seven: 7 }], left: ['Ash'] } }
      : {},
  };
}

const wayNames = Object.keys(ways) as Way[];

describeEverywhere('a subscriber', [
  ...wayNames.map(onEntities),
  ...wayNames.map(onLoad),
  ...wayNames.flatMap((way) => [onQueries(way, 'beforeQuery'), onQueries(way, 'afterQuery')]),
  ...wayNames.flatMap((way) => transactionEvents.map((name) => onTransactions(way, name))),
  {
    title: 'saves another entity of the same kind',
    run: async ({ dataSource, subscribe }) => {
      subscribe({
        listenTo: () => Band,
        afterInsert: async ({ entity, manager }) => {
          if ((entity as Band).name === 'Ash') await manager.save(bands('Ash again'));
        },
      });
      await dataSource.getRepository(Band).save(bands('Ash'));
    },
    gives: { left: ['Ash', 'Ash again'] },
  },
  {
    title: 'changes what is saved before it is',
    run: async ({ dataSource, subscribe }) => {
      subscribe({
        listenTo: () => Band,
        beforeInsert: ({ entity }) => {
          (entity as Band).name += ' changed';
        },
      });
      await dataSource.getRepository(Band).save(bands('Ash'));
    },
    gives: { left: ['Ash changed'] },
  },
  {
    title: 'that throws after an insert rolls it back',
    run: async ({ dataSource, subscribe }) => {
      subscribe({
        listenTo: () => Band,
        afterInsert: () => {
          throw new Error('of the subscriber');
        },
      });
      await dataSource.getRepository(Band).save(bands('Ash'));
    },
    gives: { error: 'of the subscriber' },
  },
  {
    title: 'is called for an entity and its children in one save',
    run: async ({ dataSource, subscribe }) => {
      const heard: string[] = [];
      subscribe({
        afterInsert: ({ metadata }) => {
          heard.push(metadata.name);
        },
      });
      const [band] = bands('Ash');
      band!.posters = [Object.assign(new Poster(), { text: 'Tonight' })];
      await dataSource.getRepository(Band).save(band!);
      return [...heard, ...band!.posters[0]!.heard];
    },
    gives: { result: ['Band', 'Poster', 'after insert'], left: ['Ash'] },
  },
]);
