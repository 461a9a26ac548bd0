import { randomUUID } from 'node:crypto';
import {
  BrandedApp,
  BrandedAppApiKey,
  BrandedAppApiKeyService,
  BrandingOwnerType,
  BrandingProfile,
  BrandingStatus,
} from '@singr/database';
import type { EntityManager } from 'typeorm';
import { useDatabase } from '../../support/database.js';
import { createCustomerProfile } from '../../support/fixtures.js';
import { useServices } from '../../support/identity-services.js';
import { describeKeys } from '../keys/describe-keys.js';

const database = useDatabase();
const services = useServices(database);

describeKeys(database, services, {
  service: BrandedAppApiKeyService,
  entity: BrandedAppApiKey,
  table: 'branded_app_api_keys',
  index: 'branded_app_api_keys_api_key_hash_idx',
  prefix: 'app',
  owner: 'brandedAppId',
  createOwner: createApp,
  codes: {
    rejected: 'BRANDED_APP_KEY_REJECTED',
    notFound: 'BRANDED_APP_KEY_NOT_FOUND',
    ownerNotFound: 'BRANDED_APP_NOT_FOUND',
    transition: 'BRANDED_APP_KEY_TRANSITION',
  },
});

async function createApp(manager: EntityManager): Promise<BrandedApp> {
  const profile = await manager.save(
    manager.create(BrandingProfile, {
      ownerType: BrandingOwnerType.Customer,
      ownerId: randomUUID(),
      name: 'Sing',
    }),
  );
  return manager.save(
    manager.create(BrandedApp, {
      customerProfileId: (await createCustomerProfile(manager)).id,
      brandingProfileId: profile.id,
      name: 'Sing',
      platform: 'ios',
    }),
  );
}

it("an app's key is found with its app, and grants access while the app is active", async () => {
  const { manager } = services.dataSource;
  const keys = services.get(BrandedAppApiKeyService);
  const { id: brandedAppId } = await createApp(manager);
  const { key } = await keys.issue({ brandedAppId });
  await expect(keys.authenticate(key)).resolves.toMatchObject({
    brandedApp: { id: brandedAppId, name: 'Sing' },
  });
  await manager.update(BrandedApp, brandedAppId, { status: BrandingStatus.Suspended });
  await expect(keys.authenticate(key)).rejects.toMatchObject({ code: 'BRANDED_APP_KEY_REJECTED' });
});
