import { randomUUID } from 'node:crypto';
import type { Type } from '@nestjs/common';
import {
  BrandingOwnerType,
  BrandingProfile,
  BrandingProfileRepository,
  type CustomerProfile,
  OrganizationUserRepository,
  Permission,
  PermissionRepository,
  RequestRepository,
  SongDb,
  SongRepository,
  StateRepository,
  UserRepository,
  VenueRepository,
} from '@singr/database';
import { create } from '@singr/database/testing';
import type { QueryRunner, Repository } from 'typeorm';
import { useDatabase } from '../../support/database.js';
import { createCustomerProfile, createUser, createVenue } from '../../support/fixtures.js';
import { useServices } from '../../support/identity-services.js';

/** Repositories of a transaction on the application's own query runner see its writes. */

const database = useDatabase();
const services = useServices(database);

let queryRunner: QueryRunner;
let profile: CustomerProfile;

beforeEach(async () => {
  queryRunner = services.dataSource.createQueryRunner();
  await queryRunner.startTransaction();
  profile = await createCustomerProfile(queryRunner.manager);
});

afterEach(async () => {
  await queryRunner.rollbackTransaction();
  await queryRunner.release();
});

function of<R extends Repository<any>>(repository: Type<R>): R {
  return queryRunner.manager.withRepository(services.get(repository));
}

it('the owner of a new organization has all permissions', async () => {
  const { slug } = await create(queryRunner.manager, Permission);
  const permissions = of(OrganizationUserRepository).effectivePermissions(
    profile.id,
    profile.userId,
  );
  await expect(permissions).resolves.toContain(slug);
});

it('a new user has no permissions, and is found by the address', async () => {
  const user = await createUser(queryRunner.manager);
  await expect(of(UserRepository).findByEmail(user.email)).resolves.toMatchObject({ id: user.id });
  await expect(of(PermissionRepository).effectivePermissions(user.id)).resolves.toEqual(new Set());
});

it('a new branding profile is found for an app', async () => {
  const domain = `${randomUUID()}.example.com`;
  const branding = await create(queryRunner.manager, BrandingProfile, {
    ownerType: BrandingOwnerType.Customer,
    ownerId: profile.id,
    domain,
  });
  const resolved = of(BrandingProfileRepository).resolve({
    domain,
    bundleId: null,
    packageName: null,
    customerProfileId: null,
  });
  await expect(resolved).resolves.toMatchObject({ id: branding.id });
});

it('a new song is found', async () => {
  const song = await create(queryRunner.manager, SongDb, { customerProfileId: profile.id });
  const found = of(SongRepository).search({ query: song.title, customerProfileId: profile.id });
  await expect(found).resolves.toMatchObject([{ id: song.id }]);
});

it('a new venue is found by its URL name and its place, and has a queue and a serial', async () => {
  const venue = await createVenue(queryRunner.manager, {
    customerProfileId: profile.id,
    location: { type: 'Point', coordinates: [-40, -40] },
  });
  await expect(of(VenueRepository).findByUrlName(venue.urlName)).resolves.toMatchObject({
    id: venue.id,
  });
  const around = { longitude: -40, latitude: -40, radiusMetres: 1000 };
  await expect(of(VenueRepository).nearby(around)).resolves.toMatchObject([
    { venue: { id: venue.id } },
  ]);
  await expect(of(RequestRepository).findOpen(venue.id)).resolves.toEqual([]);
  const serial = await of(StateRepository).moveSerial(profile.id);
  await expect(of(StateRepository).currentSerial(profile.id)).resolves.toBe(serial);
});
