import { Injectable } from '@nestjs/common';
import { Raw, type EntityManager } from 'typeorm';
import { emailKeyOf } from '../src/engine/common/email-key.js';
import { CustomerProfile } from '../src/domains/identity/entities/customer-profile.entity.js';
import { Role } from '../src/domains/identity/entities/role.entity.js';
import { SingerProfile } from '../src/domains/identity/entities/singer-profile.entity.js';
import { UserRole } from '../src/domains/identity/entities/user-role.entity.js';
import { User } from '../src/domains/identity/entities/user.entity.js';
import {
  hashPassword,
  passwordAlgo,
  verifyPassword,
} from '../src/domains/identity/passwords/password-hashing.js';
import { SongDb } from '../src/domains/songs/entities/song-db.entity.js';
import { System } from '../src/domains/venues/entities/system.entity.js';
import { Venue } from '../src/domains/venues/entities/venue.entity.js';
import { demoAccounts, type DemoAccount } from './demo-accounts.js';
import type { SeedReport } from './seed-report.js';
import { findOrCreate, type Seeder } from './seeder.js';

const songs = [
  { artist: 'Queen', title: 'Bohemian Rhapsody' },
  { artist: 'The Beatles', title: 'Hey Jude' },
  { artist: 'Elton John', title: 'Rocket Man' },
];

/** Seeds a karaoke bar with its owner, a singer and an administrator, for trying the application. */
@Injectable()
export class DemoDataSeeder implements Seeder {
  async seed(manager: EntityManager, report: SeedReport): Promise<void> {
    const admin = await this.account(manager, report, demoAccounts.admin);
    const customer = await this.account(manager, report, demoAccounts.customer);
    const singer = await this.account(manager, report, demoAccounts.singer);
    await this.credentials(report, { admin, customer, singer });
    await findOrCreate(manager, report, {
      entity: SingerProfile,
      name: 'RockStar',
      key: { userId: singer.id },
      values: {
        userId: singer.id,
        nickname: 'RockStar',
        preferences: { language: 'en', notificationsEnabled: true },
      },
    });
    await this.business(manager, report, customer);
  }

  private async account(
    manager: EntityManager,
    report: SeedReport,
    { name, email, password, role }: DemoAccount,
  ): Promise<User> {
    const user = await findOrCreate(manager, report, {
      entity: User,
      name: email,
      // Addresses that differ only in case belong to the same user.
      key: { email: Raw((column) => `${emailKeyOf(column)} = ${emailKeyOf(':email')}`, { email }) },
      values: { email, passwordAlgo, name, isEmailVerified: true },
      onCreate: async () => ({ passwordHash: await hashPassword(password) }),
    });
    const { id: roleId } = await manager.findOneByOrFail(Role, { slug: role });
    const membership = { userId: user.id, roleId };
    await findOrCreate<UserRole>(manager, report, {
      entity: UserRole,
      name: `${email}, ${role}`,
      key: membership,
      values: membership,
    });
    return user;
  }

  /** Checks the passwords in parallel, because each check is slow on purpose. */
  private async credentials(
    report: SeedReport,
    users: Record<keyof typeof demoAccounts, User>,
  ): Promise<void> {
    const accounts = Object.entries(demoAccounts) as [keyof typeof demoAccounts, DemoAccount][];
    const areUnchanged = await Promise.all(
      accounts.map(([key, { password }]) =>
        verifyPassword(users[key].passwordHash ?? '', password),
      ),
    );
    for (const [index, [, { label, email, password }]] of accounts.entries()) {
      if (areUnchanged[index]) report.credentials.push({ label, email, password });
      else report.kept.push(`users ${email} (password)`);
    }
  }

  private async business(manager: EntityManager, report: SeedReport, owner: User): Promise<void> {
    const { id: customerProfileId } = await findOrCreate(manager, report, {
      entity: CustomerProfile,
      name: 'Test Karaoke LLC',
      key: { userId: owner.id },
      values: {
        userId: owner.id,
        legalBusinessName: 'Test Karaoke LLC',
        contactEmail: demoAccounts.customer.email,
        timezone: 'America/New_York',
      },
    });
    const openkjSystemId = 1;
    await findOrCreate(manager, report, {
      entity: System,
      name: 'Test Karaoke System',
      key: { customerProfileId, openkjSystemId },
      values: {
        customerProfileId,
        openkjSystemId,
        name: 'Test Karaoke System',
        configuration: { region: 'us-east-1', venue_count: 1 },
      },
    });
    await this.venue(manager, report, customerProfileId);
    for (const { artist, title } of songs) {
      const combined = `${artist} - ${title}`;
      const normalizedCombined = combined.toLowerCase();
      await findOrCreate(manager, report, {
        entity: SongDb,
        name: combined,
        key: [
          { customerProfileId, openkjSystemId, combined },
          { customerProfileId, openkjSystemId, normalizedCombined },
        ],
        values: { customerProfileId, openkjSystemId, artist, title, combined, normalizedCombined },
      });
    }
  }

  private async venue(
    manager: EntityManager,
    report: SeedReport,
    customerProfileId: string,
  ): Promise<void> {
    const openkjVenueId = 1001;
    const urlName = 'test-karaoke-bar';
    await findOrCreate(manager, report, {
      entity: Venue,
      name: urlName,
      key: [{ urlName }, { customerProfileId, openkjVenueId }],
      values: {
        customerProfileId,
        openkjVenueId,
        urlName,
        name: 'Test Karaoke Bar',
        address: '123 Main Street',
        city: 'Nashville',
        state: 'TN',
        postalCode: '37201',
        country: 'USA',
        phoneNumber: '+1-615-555-1234',
        website: 'https://example.com',
        acceptingRequests: true,
        // Nashville, Tennessee (WGS 84).
        location: { type: 'Point', coordinates: [-86.7816, 36.1627] },
      },
    });
  }
}
