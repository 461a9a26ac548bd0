import type { DataSource, EntityManager } from 'typeorm';
import { bands, describeEverywhere, ending } from './everywhere.js';
import { Band, Label, Tune } from './tables.js';

/** A band with two tunes, the first of which has a label. */
async function given({ manager }: { manager: EntityManager }): Promise<void> {
  const [band] = await manager.save(bands('Ash'));
  const label = await manager.save(Label, { name: 'Rock' });
  const [first] = await manager.save(
    ['Girl from Mars', 'Oh Yeah'].map((title) => Object.assign(new Tune(), { title })),
  );
  await manager.query('UPDATE tunes SET band_id = $1', [band!.id]);
  await manager.createQueryBuilder().relation(Tune, 'labels').of(first).add(label);
}

const findBand = (manager: EntityManager) => manager.findOneByOrFail(Band, { name: 'Ash' });
const titlesOf = async (band: Band) => (await band.tunes).map(({ title }) => title).sort();
const titles = ['Girl from Mars', 'Oh Yeah'];

describeEverywhere('a lazy relation', [
  {
    title: 'is loaded when it is awaited',
    run: async ({ dataSource }) => {
      await given(dataSource);
      return titlesOf(await findBand(dataSource.manager));
    },
    gives: { result: titles, left: ['Ash'] },
  },
  {
    title: 'is loaded inside the transaction that loaded its entity',
    run: ({ dataSource }) =>
      dataSource.transaction(async (manager) => {
        await given({ manager });
        return titlesOf(await findBand(manager));
      }),
    gives: { result: titles, left: ['Ash'] },
  },
  {
    title: 'is loaded after the transaction that loaded its entity',
    run: async ({ dataSource }) => {
      await given(dataSource);
      return titlesOf(await dataSource.transaction((manager) => findBand(manager)));
    },
    gives: { result: titles, left: ['Ash'] },
  },
  {
    title: 'is loaded after the transaction that saved its entity',
    run: async ({ dataSource }) => {
      await given(dataSource);
      const band = await dataSource.transaction(async (manager) => {
        const found = await findBand(manager);
        found.fans = 5;
        return manager.save(found);
      });
      return titlesOf(band);
    },
    gives: { result: titles, left: ['Ash'] },
  },
  {
    title: 'is loaded once for many who await it after the transaction',
    run: async ({ dataSource }) => {
      await given(dataSource);
      const band = await dataSource.transaction((manager) => findBand(manager));
      const loaded = await Promise.all([band.tunes, band.tunes, band.tunes]);
      return loaded.map((tunes) => tunes.length);
    },
    gives: { result: [2, 2, 2], left: ['Ash'] },
  },
  {
    title: 'is loaded step by step after the transaction, relation by relation',
    run: async ({ dataSource }) => {
      await given(dataSource);
      const band = await dataSource.transaction((manager) => findBand(manager));
      const [tune] = (await band.tunes).sort((a, b) => a.title.localeCompare(b.title));
      const [label] = await tune!.labels;
      const back = await tune!.band;
      return [label!.name, back!.name];
    },
    gives: { result: ['Rock', 'Ash'], left: ['Ash'] },
  },
  {
    title: 'is loaded after a transaction that was rolled back',
    run: async ({ dataSource }) => {
      await given(dataSource);
      let kept: Band | undefined;
      const end = await ending(
        dataSource.transaction(async (manager) => {
          kept = await findBand(manager);
          throw new Error('of the callback');
        }),
      );
      return { end, titles: await titlesOf(kept!) };
    },
    gives: { result: { end: 'of the callback', titles }, left: ['Ash'] },
  },
  {
    title: 'is loaded by the outer transaction for an entity of an inner one',
    run: async ({ dataSource }) => {
      await given(dataSource);
      return dataSource.transaction(async (outer) =>
        titlesOf(await outer.transaction((inner) => findBand(inner))),
      );
    },
    gives: { result: titles, left: ['Ash'] },
  },
  {
    title: 'is loaded after the query runner that loaded its entity was released',
    run: async ({ dataSource }) => {
      await given(dataSource);
      const queryRunner = dataSource.createQueryRunner();
      const band = await findBand(queryRunner.manager).finally(() => queryRunner.release());
      return titlesOf(band);
    },
    gives: { result: titles, left: ['Ash'] },
  },
  (() => {
    let kept: Band;
    return {
      title: 'is loaded once everything around has ended',
      run: async ({ dataSource }: { dataSource: DataSource }) => {
        await given(dataSource);
        kept = await findBand(dataSource.manager);
      },
      after: () => titlesOf(kept),
      gives: { after: titles, left: ['Ash'] },
    };
  })(),
  (() => {
    let kept: Band;
    return {
      title: 'of a transaction’s entity is loaded once everything around has ended',
      run: async ({ dataSource }: { dataSource: DataSource }) => {
        await given(dataSource);
        kept = await dataSource.transaction((manager) => findBand(manager));
      },
      after: () => titlesOf(kept),
      gives: { after: titles, left: ['Ash'] },
    };
  })(),
  {
    title: 'is saved as it was set, by a promise',
    run: async ({ dataSource }) => {
      const tunes = ['B', 'A'].map((title) => Object.assign(new Tune(), { title }));
      const [band] = bands('Ash');
      band!.tunes = Promise.resolve(tunes);
      await dataSource.getRepository(Band).save(band!);
      return titlesOf(await findBand(dataSource.manager));
    },
    gives: { result: ['A', 'B'], left: ['Ash'] },
  },
  {
    title: 'is saved as it was set, and loaded after the transaction',
    run: async ({ dataSource }) => {
      const tune = Object.assign(new Tune(), { title: 'A' });
      tune.labels = Promise.resolve([Object.assign(new Label(), { name: 'Rock' })]);
      const { id } = await dataSource.transaction((manager) => manager.save(tune));
      const found = await dataSource.getRepository(Tune).findOneByOrFail({ id });
      return [(await tune.labels)[0]!.name, (await found.labels)[0]!.name, await found.band];
    },
    gives: { result: ['Rock', 'Rock', null] },
  },
]);
