import { randomUUID } from 'node:crypto';
import {
  BrandedApp,
  BrandingOwnerType,
  BrandingProfile,
  BrandingProfileRepository,
  BrandingService,
  BrandingStatus,
} from '@singr/database';
import { useDatabase } from '../../support/database.js';
import { createCustomerProfile } from '../../support/fixtures.js';
import { useServices } from '../../support/identity-services.js';

const database = useDatabase();
const services = useServices(database);
const branding = () => services.get(BrandingService);
const manager = () => services.dataSource.manager;

function createProfile(fields: Partial<BrandingProfile> = {}): Promise<BrandingProfile> {
  return manager().save(
    manager().create(BrandingProfile, {
      ownerType: BrandingOwnerType.Customer,
      ownerId: randomUUID(),
      name: randomUUID(),
      ...fields,
    }),
  );
}

async function resolvedId(query: Parameters<BrandingService['resolve']>[0]): Promise<string> {
  return (await branding().resolve(query)).id;
}

it('has no profile before the platform has one', async () => {
  await expect(branding().resolve()).rejects.toMatchObject({ code: 'BRANDING_MISSING' });
});

describe('with a profile of the platform', () => {
  let platform: BrandingProfile;

  beforeAll(async () => {
    platform = await createProfile({
      ownerType: BrandingOwnerType.Platform,
      ownerId: null,
      colorPalette: { primary: '#6366F1' },
    });
  });

  it("uses the platform's oldest active one as the default", async () => {
    const profiles = services.get(BrandingProfileRepository);
    const fields = { ownerType: BrandingOwnerType.Platform, ownerId: null };
    const younger = await createProfile(fields);
    await expect(profiles.findPlatformDefault()).resolves.toMatchObject({ id: platform.id });
    await manager().update(BrandingProfile, platform.id, { status: BrandingStatus.Suspended });
    await expect(profiles.findPlatformDefault()).resolves.toMatchObject({ id: younger.id });
    await manager().delete(BrandingProfile, younger.id);
    await expect(profiles.findPlatformDefault()).resolves.toBeNull();
    await manager().update(BrandingProfile, platform.id, { status: BrandingStatus.Active });
  });

  it('finds a profile by each of its keys, in one query', async () => {
    const profile = await createProfile({
      domain: 'Sing.Example.com',
      appBundleId: 'com.example.sing',
      appPackageName: 'com.example.android',
    });
    const queries = jest.spyOn(services.dataSource.queryLogger, 'succeeded');
    const found = await branding().resolve({ domain: 'sing.example.COM' });
    expect(queries).toHaveBeenCalledTimes(1);
    queries.mockRestore();
    expect(found).toBeInstanceOf(BrandingProfile);
    expect(found).toMatchObject({ id: profile.id, colorPalette: {}, status: 'active' });
    await expect(resolvedId({ domain: 'sing.example.com.:8080' })).resolves.toBe(profile.id);
    await expect(resolvedId({ bundleId: 'com.example.sing' })).resolves.toBe(profile.id);
    await expect(resolvedId({ packageName: 'com.example.android' })).resolves.toBe(profile.id);
    await expect(resolvedId({ customerProfileId: profile.ownerId! })).resolves.toBe(profile.id);
  });

  it('falls back to the platform', async () => {
    for (const query of [
      {},
      { domain: '' },
      { domain: 'unknown.example.com' },
      { bundleId: 'a\0b' },
      { packageName: 'COM.example' },
      { customerProfileId: randomUUID() },
      { customerProfileId: 'nobody' },
    ]) {
      await expect(resolvedId(query)).resolves.toBe(platform.id);
    }
  });

  it('ignores profiles and apps that are not active', async () => {
    for (const status of [BrandingStatus.Suspended, BrandingStatus.Revoked]) {
      const profile = await createProfile({ domain: `${status}.example.com`, status });
      await expect(
        resolvedId({ domain: profile.domain!, customerProfileId: profile.ownerId! }),
      ).resolves.toBe(platform.id);
    }
  });

  it('prefers the domain to the customer, and the oldest of several matches', async () => {
    const first = await createProfile({ domain: 'twice.example.com' });
    const second = await createProfile({ domain: 'twice.example.com' });
    await expect(
      resolvedId({ domain: 'twice.example.com', customerProfileId: second.ownerId! }),
    ).resolves.toBe(first.id);
  });

  it.each([
    ['U+0130', 's\u0130nging'],
    ['U+212A', 'si\u212Aging'],
  ])('does not confuse a domain with %s with the similar one', async (_name, alike) => {
    const host = alike.replace('\u0130', 'i').replace('\u212A', 'k');
    await createProfile({ domain: `${alike}.example.com` });
    await expect(resolvedId({ domain: `${host}.example.com` })).resolves.toBe(platform.id);
    const own = await createProfile({ domain: `${host}.example.com` });
    await expect(resolvedId({ domain: `${host}.example.com` })).resolves.toBe(own.id);
    await expect(resolvedId({ domain: `${alike}.example.org` })).resolves.toBe(platform.id);
  });

  it('finds the profile of an active branded app', async () => {
    const profile = await createProfile();
    const { id: customerProfileId } = await createCustomerProfile(manager());
    const app = await manager().save(
      manager().create(BrandedApp, {
        customerProfileId,
        brandingProfileId: profile.id,
        name: 'Sing',
        platform: 'ios',
        bundleIdentifier: 'com.example.branded',
      }),
    );
    await expect(resolvedId({ bundleId: 'com.example.branded' })).resolves.toBe(profile.id);
    await expect(resolvedId({ packageName: 'com.example.branded' })).resolves.toBe(profile.id);
    await manager().update(BrandedApp, app.id, { status: BrandingStatus.Suspended });
    await expect(resolvedId({ bundleId: 'com.example.branded' })).resolves.toBe(platform.id);
  });

  it('finds every identifier by an index', async () => {
    for (const [condition, index] of [
      [`lower(domain COLLATE "C") = 'x'`, 'branding_profiles_lower_domain_idx'],
      [`app_bundle_id = 'x'`, 'branding_profiles_app_bundle_id_idx'],
      [`app_package_name = 'x'`, 'branding_profiles_app_package_name_idx'],
      [`owner_id = '${randomUUID()}'`, 'branding_profiles_owner_id_idx'],
    ] as const) {
      const plan = await services.dataSource.transaction(async (inside) => {
        await inside.query('SET LOCAL enable_seqscan = off');
        return inside.query<object[]>(`EXPLAIN SELECT * FROM branding_profiles WHERE ${condition}`);
      });
      expect(JSON.stringify(plan)).toContain(index);
    }
  });
});
