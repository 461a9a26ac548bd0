import { IsNull, Not } from 'typeorm';
import { bands, describeEverywhere, ending } from './everywhere.js';
import { Band, Label, Poster, Style, Tune } from './tables.js';

const posters = (...texts: string[]) => texts.map((text) => Object.assign(new Poster(), { text }));

/** A band with posters, saved by one call. */
function bandWith(...texts: string[]): Band {
  const [band] = bands('Ash');
  band!.posters = posters(...texts);
  return band!;
}

const withPosters = { where: { name: 'Ash' }, relations: { posters: true } } as const;

describeEverywhere('an entity', [
  {
    title: 'saves its children with it',
    run: async ({ dataSource }) => {
      const repository = dataSource.getRepository(Band);
      await repository.save(bandWith('One', 'Two'));
      const found = await repository.findOneOrFail(withPosters);
      return found.posters.map(({ text }) => text).sort();
    },
    gives: { result: ['One', 'Two'], left: ['Ash'] },
  },
  {
    title: 'inserts, changes and deletes its children in one save',
    run: async ({ dataSource }) => {
      const repository = dataSource.getRepository(Band);
      const band = await repository.save(bandWith('One', 'Two'));
      band.posters = [Object.assign(band.posters[0]!, { text: 'One again' }), ...posters('Three')];
      await repository.save(band);
      const rows = await dataSource.getRepository(Poster).find({ order: { text: 'ASC' } });
      return rows.map(({ text }) => text);
    },
    gives: { result: ['One again', 'Three'], left: ['Ash'] },
  },
  {
    title: 'is removed with its children',
    run: async ({ dataSource }) => {
      const repository = dataSource.getRepository(Band);
      await repository.remove(await repository.save(bandWith('One')));
      return dataSource.getRepository(Poster).count();
    },
    gives: { result: 0 },
  },
  {
    title: 'is softly removed with its children, and recovered with them',
    run: async ({ dataSource }) => {
      const repository = dataSource.getRepository(Band);
      const gone = () =>
        dataSource
          .getRepository(Poster)
          .count({ where: { deletedAt: Not(IsNull()) }, withDeleted: true });
      const band = await repository.save(bandWith('One', 'Two'));
      await repository.softRemove(band);
      const counts = [await gone(), await repository.count()];
      await repository.recover(band);
      return [...counts, await gone(), await repository.count()];
    },
    gives: { result: [2, 0, 0, 1], left: ['Ash'] },
  },
  {
    title: 'is softly deleted and restored by criteria',
    run: async ({ dataSource }) => {
      const repository = dataSource.getRepository(Band);
      await repository.save(bands('Ash', 'Blur'));
      const { affected } = await repository.softDelete({ name: 'Ash' });
      const counts = [
        affected,
        await repository.count(),
        await repository.count({ withDeleted: true }),
      ];
      await repository.restore({ name: 'Ash' });
      await repository.softDelete({ name: 'Blur' });
      return [...counts, await repository.count()];
    },
    gives: { result: [1, 1, 2, 1], left: ['Ash'] },
  },
  {
    title: 'calls its listeners',
    run: async ({ dataSource }) => {
      const repository = dataSource.getRepository(Poster);
      const [poster] = await repository.save(posters('One'));
      await repository.save(Object.assign(poster!, { text: 'Two' }));
      const found = await repository.findOneByOrFail({ text: 'Two' });
      return [poster!.heard, found.listened, found.heard];
    },
    gives: {
      result: [['after insert'], 'before insert, before update', ['after load']],
    },
  },
  {
    title: 'counts its versions',
    run: async ({ dataSource }) => {
      const repository = dataSource.getRepository(Band);
      const [band] = await repository.save(bands('Ash'));
      await repository.save(Object.assign(band!, { fans: 1 }));
      await repository.update({ name: 'Ash' }, { fans: 2 });
      await repository.increment({ name: 'Ash' }, 'fans', 3);
      const { version, fans } = await repository.findOneByOrFail({ name: 'Ash' });
      return [band!.version, version, fans];
    },
    gives: { result: [2, 4, 5], left: ['Ash'] },
  },
  {
    title: 'that has changed since is refused by an optimistic lock',
    run: async ({ dataSource }) => {
      const repository = dataSource.getRepository(Band);
      const [band] = await repository.save(bands('Ash'));
      await repository.increment({ name: 'Ash' }, 'fans', 1);
      const find = (version: number) =>
        ending(
          repository.findOneOrFail({
            where: { id: band!.id },
            lock: { mode: 'optimistic', version },
          }),
        );
      return [await find(1), await find(2)];
    },
    gives: { result: ['OptimisticLockVersionMismatchError', 'done'], left: ['Ash'] },
  },
  {
    title: 'is locked in a transaction',
    run: ({ dataSource }) =>
      dataSource.transaction(async (manager) => {
        await manager.save(bands('Ash'));
        const lock = { mode: 'pessimistic_write' } as const;
        const found = await manager.findOneOrFail(Band, { where: { name: 'Ash' }, lock });
        await manager.save(Object.assign(found, { fans: 7 }));
        return (await manager.findOneByOrFail(Band, { name: 'Ash' })).fans;
      }),
    gives: { result: 7, left: ['Ash'] },
  },
  {
    title: 'is not locked outside any',
    run: async ({ dataSource }) => {
      await dataSource.getRepository(Band).save(bands('Ash'));
      const lock = { mode: 'pessimistic_write' } as const;
      return ending(dataSource.getRepository(Band).find({ lock }));
    },
    gives: { result: 'PessimisticLockTransactionRequiredError', left: ['Ash'] },
    // A request that may write has a transaction (docs/auditing.md, Transactions).
    but: { 'a POST request': { result: 'done', left: ['Ash'] } },
  },
  {
    title: 'is inserted or updated by upsert()',
    run: async ({ dataSource }) => {
      const repository = dataSource.getRepository(Band);
      await repository.save(bands('Ash'));
      await repository.upsert(
        [
          { name: 'Ash', fans: 3 },
          { name: 'Blur', fans: 4 },
        ],
        ['name'],
      );
      await repository
        .createQueryBuilder()
        .insert()
        .values({ name: 'Ash', fans: 9 })
        .orIgnore()
        .execute();
      return (await repository.find({ order: { name: 'ASC' } })).map(({ fans }) => fans);
    },
    gives: { result: [3, 4], left: ['Ash', 'Blur'] },
  },
  {
    title: 'has relations over a join table, set, added to and removed from',
    run: async ({ dataSource }) => {
      const label = (name: string) => Object.assign(new Label(), { name });
      const tune = Object.assign(new Tune(), { title: 'A' });
      tune.labels = Promise.resolve([label('One'), label('Two')]);
      await dataSource.manager.save(tune);
      const three = await dataSource.manager.save(label('Three'));
      const labels = await tune.labels;
      const relation = () => dataSource.createQueryBuilder().relation(Tune, 'labels').of(tune);
      await relation().add(three);
      await relation().remove(labels[0]);
      const names = (await relation().loadMany<Label>()).map(({ name }) => name).sort();
      tune.labels = Promise.resolve([labels[0]!]);
      await dataSource.manager.save(tune);
      return [names, (await relation().loadMany<Label>()).map(({ name }) => name)];
    },
    gives: { result: [['Three', 'Two'], ['One']] },
  },
  {
    title: 'grows in a tree',
    run: async ({ dataSource }) => {
      const styles = dataSource.getTreeRepository(Style);
      const style = (name: string, parent?: Style) =>
        styles.save(Object.assign(new Style(), { name, parent }));
      const rock = await style('Rock');
      const metal = await style('Metal', rock);
      const doom = await style('Doom', metal);
      await style('Folk', rock);
      const below = await styles.findDescendants(rock);
      const above = await styles.findAncestors(doom);
      const trees = await styles.findTrees();
      const names = (found: Style[]) => found.map(({ name }) => name).sort();
      return [names(below), names(above), names(trees), names(trees[0]!.children)];
    },
    gives: {
      result: [
        ['Doom', 'Folk', 'Metal', 'Rock'],
        ['Doom', 'Metal', 'Rock'],
        ['Rock'],
        ['Folk', 'Metal'],
      ],
    },
  },
  {
    title: 'is saved without a transaction with { transaction: false }',
    run: async ({ dataSource }) => {
      await dataSource
        .getRepository(Band)
        .save(bandWith('One'), { transaction: false, reload: true });
      return dataSource.getRepository(Poster).count();
    },
    gives: { result: 1, left: ['Ash'] },
  },
  {
    title: 'is saved by many in parallel',
    run: async ({ dataSource }) => {
      const repository = dataSource.getRepository(Band);
      const names = Array.from(
        { length: 12 },
        (_, number) => `Band ${String.fromCharCode(65 + number)}`,
      );
      await Promise.all(bands(...names).map((band) => repository.save(band)));
      return repository.count();
    },
    gives: { result: 12, left: [...'ABCDEFGHIJKL'].map((letter) => `Band ${letter}`) },
  },
  {
    title: 'that is refused does not affect others that are saved in parallel',
    run: async ({ dataSource }) => {
      const repository = dataSource.getRepository(Band);
      await repository.save(bands('Ash'));
      return Promise.all(
        bands('Ash', 'Blur', 'Cast').map((band) => ending(repository.insert(band))),
      );
    },
    gives: { result: ['23505', 'done', 'done'], left: ['Ash', 'Blur', 'Cast'] },
    // A statement that fails aborts the transaction of a request (docs/auditing.md, Transactions).
    but: { 'a POST request': { error: 'TRANSACTION_ABORTED' } },
  },
]);
