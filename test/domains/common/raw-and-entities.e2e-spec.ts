import { entities, Request, type DatabaseDataSource } from '@singr/database';
import { create } from '@singr/database/testing';
import { rawAndEntities } from '../../../src/domains/common/raw-and-entities.js';
import { dataSourceFor } from '../../support/data-source.js';
import { useDatabase } from '../../support/database.js';

/** The faster version must return the same entities as TypeORM. */
describe('entities of a query with only to-one joins', () => {
  const database = useDatabase();
  let dataSource: DatabaseDataSource;

  beforeAll(async () => {
    dataSource = await dataSourceFor(database.options).initialize();
    database.beforeDrop(() => dataSource.destroy());
  });

  it.each(entities.map((entity) => [entity.name, entity] as const))(
    'equal those of TypeORM: %s',
    async (_, entity) => {
      await create(dataSource, entity as new () => object);
      const query = dataSource.getRepository(entity).createQueryBuilder('row');
      const expected = await query.clone().getMany();
      const found = await rawAndEntities(query);
      expect(expected.length).toBeGreaterThan(0);
      expect(found.entities).toStrictEqual(expected);
      expect(found.raw).toHaveLength(expected.length);
    },
  );

  it('equal those of TypeORM, with and without joined entities', async () => {
    const requests = dataSource.getRepository(Request);
    await create(dataSource, Request);
    await create(dataSource, Request, { singerProfileId: null });
    const query = requests
      .createQueryBuilder('request')
      .innerJoinAndSelect('request.venue', 'venue')
      .innerJoinAndSelect('venue.customerProfile', 'customer')
      .leftJoinAndSelect('request.singerProfile', 'singer');
    const { entities: found } = await rawAndEntities(query.clone());
    expect(found).toStrictEqual(await query.getMany());
    expect(found.some(({ singerProfile }) => singerProfile === null)).toBe(true);
  });
});
