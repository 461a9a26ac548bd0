import { System, SystemRepository } from '@singr/database';
import { create } from '@singr/database/testing';
import { useServices } from '../../support/identity-services.js';
import { useDatabase } from '../../support/database.js';

const services = useServices(useDatabase());
const systems = () => services.get(SystemRepository);

it("finds a customer's system by its number in OpenKJ", async () => {
  const { manager } = services.dataSource;
  const system = await create(manager, System, { openkjSystemId: 7 });
  const other = await create(manager, System, { openkjSystemId: 7 });
  await expect(systems().findByOpenkjId(system.customerProfileId, 7)).resolves.toMatchObject({
    id: system.id,
  });
  await expect(systems().findByOpenkjId(other.customerProfileId, 7)).resolves.toMatchObject({
    id: other.id,
  });
  await expect(systems().findByOpenkjId(system.customerProfileId, 8)).resolves.toBeNull();
});

it.each([1.5, 2 ** 31, -1, Number.NaN])('knows no system %d', async (number) => {
  const { customerProfileId } = await create(services.dataSource.manager, System);
  await expect(systems().findByOpenkjId(customerProfileId, number)).resolves.toBeNull();
  await expect(systems().findByOpenkjId('x', 1)).resolves.toBeNull();
});
