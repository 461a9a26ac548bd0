import { SongCatalogueService, SongRepository } from '@singr/database';
import { useServices } from '../../support/identity-services.js';
import { useDatabase } from '../../support/database.js';
import { createCustomerProfile } from '../../support/fixtures.js';

const services = useServices(useDatabase());
const songs = () => services.get(SongRepository);

it('returns the songs of a system by artist and title', async () => {
  const { id: customerProfileId } = await createCustomerProfile(services.dataSource.manager);
  const catalogue = [
    { artist: 'Queen', title: 'Innuendo' },
    { artist: 'ABBA', title: 'Waterloo' },
    { artist: 'Queen', title: 'Flash' },
  ];
  await services
    .get(SongCatalogueService)
    .import(catalogue, { customerProfileId, openkjSystemId: 1 });
  const found = await songs().findBySystem(customerProfileId, 1);
  expect(found.map(({ title }) => title)).toEqual(['Waterloo', 'Flash', 'Innuendo']);
  await expect(songs().findBySystem(customerProfileId, 2)).resolves.toEqual([]);
});

it.each([
  ['x', 1],
  ['7e0a5e6e-0000-4000-8000-000000000000', 1.5],
  ['7e0a5e6e-0000-4000-8000-000000000000', 2 ** 31],
])('returns no songs for the system %s %d', async (customerProfileId, number) => {
  await expect(songs().findBySystem(customerProfileId, number)).resolves.toEqual([]);
});
