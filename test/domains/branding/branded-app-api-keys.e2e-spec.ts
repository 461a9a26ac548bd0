import { randomUUID } from 'node:crypto';
import {
  AuditLog,
  BrandedApp,
  BrandedAppApiKey,
  BrandedAppApiKeyService,
  BrandingOwnerType,
  BrandingProfile,
  BrandingStatus,
} from '@singr/database';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { createCustomerProfile } from '../../support/fixtures.js';
import { inTurn } from '../../support/in-turn.js';
import { atOnce, useServices } from '../../support/identity-services.js';

const database = useDatabase();
const services = useServices(database);
const keys = () => services.get(BrandedAppApiKeyService);
const manager = () => services.dataSource.manager;

let brandedAppId: string;

beforeEach(async () => {
  const profile = await manager().save(
    manager().create(BrandingProfile, {
      ownerType: BrandingOwnerType.Customer,
      ownerId: randomUUID(),
      name: 'Sing',
    }),
  );
  const app = await manager().save(
    manager().create(BrandedApp, {
      customerProfileId: (await createCustomerProfile(manager())).id,
      brandingProfileId: profile.id,
      name: 'Sing',
      platform: 'ios',
    }),
  );
  brandedAppId = app.id;
});

const rejected = { code: 'BRANDED_APP_KEY_REJECTED' };

it('is issued once, and found with its app', async () => {
  const { key, apiKey } = await keys().issue({ brandedAppId, description: 'App Store' });
  expect(key).toMatch(/^app_[\w-]{43}$/);
  expect(apiKey.apiKeyHash).not.toContain(key);
  const found = await keys().authenticate(key);
  expect(found).toMatchObject({ id: apiKey.id, brandedApp: { id: brandedAppId, name: 'Sing' } });
  await expect(keys().authenticate(`${key}x`)).rejects.toMatchObject(rejected);
  await manager().update(BrandedApp, brandedAppId, { status: BrandingStatus.Suspended });
  await expect(keys().authenticate(key)).rejects.toMatchObject(rejected);
});

it('is suspended, made active, rotated and revoked', async () => {
  const { key, apiKey } = await keys().issue({ brandedAppId, lifetime: 3_600_000 });
  await keys().suspend(brandedAppId, apiKey.id);
  await expect(keys().authenticate(key)).rejects.toMatchObject(rejected);
  await keys().reactivate(brandedAppId, apiKey.id);
  const rotated = await keys().rotate(brandedAppId, apiKey.id);
  await expect(keys().authenticate(key)).rejects.toMatchObject(rejected);
  await keys().authenticate(rotated.key);
  const { expiresAt, createdAt } = rotated.apiKey;
  expect(expiresAt!.getTime() - createdAt.getTime()).toBe(3_600_000);
  await expect(keys().rotate(brandedAppId, apiKey.id)).rejects.toMatchObject({
    code: 'BRANDED_APP_KEY_TRANSITION',
    from: 'revoked',
    to: 'rotated',
  });
  await keys().revoke(brandedAppId, rotated.apiKey.id);
  await expect(keys().revoke(brandedAppId, rotated.apiKey.id)).rejects.toMatchObject({
    from: 'revoked',
  });
});

it('opens nothing once it has expired', async () => {
  const { key, apiKey } = await keys().issue({ brandedAppId, lifetime: 60_000 });
  await database.query(
    `UPDATE branded_app_api_keys SET expires_at = now() - interval '1 second'
     WHERE branded_app_api_keys_id = $1`,
    [apiKey.id],
  );
  await expect(keys().authenticate(key)).rejects.toMatchObject(rejected);
  await expect(keys().suspend(brandedAppId, apiKey.id)).rejects.toMatchObject({ from: 'expired' });
  await keys().revoke(brandedAppId, apiKey.id);
});

it('refuses an app that does not exist, and a key of another', async () => {
  const { apiKey } = await keys().issue({ brandedAppId });
  for (const unknown of [randomUUID(), 'none']) {
    await expect(keys().issue({ brandedAppId: unknown })).rejects.toMatchObject({
      code: 'BRANDED_APP_NOT_FOUND',
    });
    await expect(keys().revoke(unknown, apiKey.id)).rejects.toMatchObject({
      code: 'BRANDED_APP_KEY_NOT_FOUND',
    });
  }
});

describeOnServer('races', () => {
  it('fifty uses at once are noted once', async () => {
    const { key, apiKey } = await keys().issue({ brandedAppId });
    await Promise.all(atOnce(50, () => keys().authenticate(key)));
    await expect(
      manager().countBy(AuditLog, { recordId: apiKey.id, operation: 'UPDATE' }),
    ).resolves.toBe(1);
  });

  describe('in turn', () => {
    let id: string;

    beforeEach(async () => {
      ({
        apiKey: { id },
      } = await keys().issue({ brandedAppId }));
    });

    const inTurnForKey = (...work: (() => Promise<unknown>)[]) =>
      inTurn(
        database,
        {
          lock: 'SELECT FROM branded_app_api_keys WHERE branded_app_api_keys_id = $1 FOR UPDATE',
          parameters: [id],
        },
        ...work,
      );
    const rotate = () => keys().rotate(brandedAppId, id);
    const revoke = () => keys().revoke(brandedAppId, id);
    const suspend = () => keys().suspend(brandedAppId, id);
    const statuses = async () => {
      const all = await manager().find(BrandedAppApiKey, {
        where: { brandedAppId },
        order: { createdAt: 'ASC' },
      });
      return all.map(({ status }) => status);
    };
    const wasRevoked = { reason: { code: 'BRANDED_APP_KEY_TRANSITION', from: 'revoked' } };

    it('one of several rotations of one key succeeds', async () => {
      expect(await inTurnForKey(rotate, rotate, rotate)).toMatchObject([
        { value: { apiKey: { status: 'active' } } },
        wasRevoked,
        wasRevoked,
      ]);
      await expect(statuses()).resolves.toEqual(['revoked', 'active']);
    });

    it('a rotation after a revocation makes no other key', async () => {
      expect(await inTurnForKey(revoke, rotate)).toMatchObject([
        { value: { status: 'revoked' } },
        wasRevoked,
      ]);
      await expect(statuses()).resolves.toEqual(['revoked']);
    });

    it('a revocation after a rotation is refused, and leaves the other key active', async () => {
      expect(await inTurnForKey(rotate, revoke)).toMatchObject([
        { value: { apiKey: { status: 'active' } } },
        wasRevoked,
      ]);
      await expect(statuses()).resolves.toEqual(['revoked', 'active']);
    });

    it('a suspension after a revocation leaves the key revoked', async () => {
      expect(await inTurnForKey(revoke, suspend)).toMatchObject([
        { value: { status: 'revoked' } },
        wasRevoked,
      ]);
      await expect(statuses()).resolves.toEqual(['revoked']);
    });
  });
});
