import { setTimeout as sleep } from 'node:timers/promises';
import { Signal } from '../transaction/control.js';
import { bands, describeEverywhere, ending } from './everywhere.js';
import { Band } from './tables.js';

describeEverywhere('a transaction, with others at once,', [
  {
    title: 'runs many saves in parallel',
    run: ({ dataSource }) =>
      dataSource.transaction(async (manager) => {
        await Promise.all(bands('Ash', 'Blur', 'Cast').map((band) => manager.save(band)));
      }),
    gives: { left: ['Ash', 'Blur', 'Cast'] },
  },
  {
    title: 'is rolled back as a whole when one of many parallel saves fails',
    run: ({ dataSource }) =>
      ending(
        dataSource.transaction(async (manager) => {
          await Promise.all(bands('Ash', 'Ash', 'Cast').map((band) => manager.insert(Band, band)));
        }),
      ),
    gives: { result: '23505' },
  },
  {
    title: 'awaits a write that began before it',
    needs: 'a second connection',
    run: async ({ dataSource }) => {
      const earlier = dataSource.getRepository(Band).save(bands('Ash'));
      await dataSource.transaction(async (manager) => {
        await earlier;
        await manager.save(bands('Blur'));
      });
    },
    gives: { left: ['Ash', 'Blur'] },
  },
  {
    title: 'can await a query that a parallel one has started',
    needs: 'a second connection',
    run: async ({ dataSource }) => {
      await dataSource.getRepository(Band).save(bands('Ash'));
      let loading: Promise<Band[]> | undefined;
      const load = () => (loading ??= dataSource.getRepository(Band).find());
      const branch = (name: string) =>
        dataSource.transaction(async (manager) => {
          const [found] = await load();
          await manager.save(bands(`${name} after ${found!.name}`));
        });
      await Promise.all([branch('Blur'), branch('Cast')]);
    },
    gives: { left: ['Ash', 'Blur after Ash', 'Cast after Ash'] },
  },
  {
    title: 'can await a query of a parallel branch',
    needs: 'a second connection',
    run: async ({ dataSource }) => {
      const begun = new Signal();
      let loading: Promise<number> | undefined;
      const load = () => (loading ??= dataSource.getRepository(Band).countBy({ name: 'none' }));
      await Promise.all([
        dataSource.transaction(async (manager) => {
          await manager.save(bands('Ash'));
          begun.give();
          await sleep(5);
          await manager.save(bands(`Blur after ${await load()}`));
        }),
        begun.given.then(load),
      ]);
    },
    gives: { left: ['Ash', 'Blur after 0'] },
  },
  {
    title: 'takes turns with parallel ones',
    run: async ({ dataSource }) => {
      const branch = (name: string, fails: boolean) =>
        ending(
          dataSource.transaction(async (manager) => {
            await manager.save(bands(name));
            await sleep(5);
            if (fails) throw new Error(`without ${name}`);
          }),
        );
      return Promise.all([branch('Ash', false), branch('Blur', true), branch('Cast', false)]);
    },
    gives: { result: ['done', 'without Blur', 'done'], left: ['Ash', 'Cast'] },
  },
]);
