import { CustomerProfile, SongDb, Venue, entities } from '@singr/database';
import { create } from '@singr/database/testing';
import { useTestDatabase } from './use-test-database.js';

describe('create()', () => {
  const database = useTestDatabase();

  it.each(entities.map((entity) => [entity.name, entity] as const))(
    'makes rows of %s, each with what it refers to',
    async (_, entity) => {
      const dataSource = await database().dataSource();
      const repository = dataSource.getRepository(entity);
      const before = await repository.count();
      const first = await create(dataSource, entity as new () => object);
      const second = await create(dataSource, entity as new () => object);

      expect(first).toBeInstanceOf(entity);
      expect(repository.metadata.getEntityIdMap(first)).not.toEqual(
        repository.metadata.getEntityIdMap(second),
      );
      // An audit entry is one of many: making rows leaves some.
      if (entity.name !== 'AuditLog') expect(await repository.count()).toBe(before + 2);
    },
  );

  it('uses the fields that are given', async () => {
    const dataSource = await database().dataSource();
    const venue = await create(dataSource, Venue, { name: 'Singing Cowboy', city: 'Franklin' });
    expect(await dataSource.getRepository(Venue).findOneByOrFail({ id: venue.id })).toMatchObject({
      name: 'Singing Cowboy',
      city: 'Franklin',
      state: 'TN',
    });
  });

  it('takes a parent by its id, or as an entity', async () => {
    const dataSource = await database().dataSource();
    const owner = await create(dataSource, CustomerProfile);
    const byId = await create(dataSource, Venue, { customerProfileId: owner.id });
    const byEntity = await create(dataSource, Venue, { customerProfile: owner });
    expect([byId.customerProfileId, byEntity.customerProfileId]).toEqual([owner.id, owner.id]);
  });

  it('makes what is derived from what is given', async () => {
    const song = await create(await database().dataSource(), SongDb, {
      artist: 'Beyoncé',
      title: 'Halo',
    });
    expect(song).toMatchObject({
      combined: 'Beyoncé - Halo',
      normalizedCombined: 'beyonce - halo',
    });
  });

  it('refuses what is not of the package', async () => {
    class Stranger {}
    const dataSource = await database().dataSource();
    await expect(create(dataSource, Stranger)).rejects.toMatchObject({ code: 'NO_FACTORY' });
  });
});
