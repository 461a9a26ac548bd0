import { randomUUID } from 'node:crypto';
import {
  AuditLog,
  CustomerProfile,
  ProfileService,
  SingerProfile,
  type CustomerProfileChanges,
} from '@singr/database';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { createUser } from '../../support/fixtures.js';
import { atOnce, useServices } from '../../support/identity-services.js';

const services = useServices(useDatabase());
const profiles = () => services.get(ProfileService);
const manager = () => services.dataSource.manager;

it('creates a singer profile once, with the user as the actor', async () => {
  const { id } = await createUser(manager());
  const made = await profiles().findOrCreateSinger(id, { nickname: 'Farrokh' });
  expect(made).toBeInstanceOf(SingerProfile);
  expect(made).toMatchObject({ userId: id, nickname: 'Farrokh', preferences: {} });
  await expect(profiles().findOrCreateSinger(id, { nickname: 'Freddie' })).resolves.toEqual(made);
  await expect(manager().findOneByOrFail(AuditLog, { recordId: made.id })).resolves.toMatchObject({
    userId: id,
  });
});

it('creates a customer profile once', async () => {
  const { id } = await createUser(manager());
  const made = await profiles().findOrCreateCustomer(id, { dbaName: 'Joe’s' });
  expect(made).toBeInstanceOf(CustomerProfile);
  expect(made).toMatchObject({ userId: id, dbaName: 'Joe’s', timezone: 'UTC' });
  await expect(profiles().findOrCreateCustomer(id)).resolves.toEqual(made);
});

it('refuses an unknown user, and a text that cannot be stored', async () => {
  for (const unknown of [randomUUID(), 'nobody']) {
    const refused = { code: 'USER_NOT_FOUND' };
    await expect(profiles().findOrCreateSinger(unknown)).rejects.toMatchObject(refused);
    await expect(profiles().findOrCreateCustomer(unknown)).rejects.toMatchObject(refused);
  }
  const { id } = await createUser(manager());
  await expect(profiles().findOrCreateSinger(id, { nickname: 'A\0nn' })).rejects.toMatchObject({
    code: 'INVALID_TEXT',
  });
  for (const text of ['\0', '\ud83d']) {
    for (const json of [{ note: `a${text}` }, { [text]: 1 }, { deep: [{ down: text }] }]) {
      await expect(profiles().findOrCreateSinger(id, { preferences: json })).rejects.toMatchObject({
        code: 'INVALID_TEXT',
        field: 'preferences',
      });
    }
  }
  const preferences = { note: 'written \\u0000', song: '\u{1f3a4}' };
  await expect(profiles().findOrCreateSinger(id, { preferences })).resolves.toMatchObject({
    preferences,
  });
});

describe('changing a profile', () => {
  it('writes the given fields of a singer, and keeps the rest', async () => {
    const { id: userId } = await createUser(manager());
    const made = await profiles().findOrCreateSinger(userId, {
      nickname: 'Farrokh',
      avatarUrl: 'https://example.com/f.png',
    });
    const changed = await profiles().updateSinger(made.id, {
      nickname: 'Freddie',
      avatarUrl: undefined,
      preferences: { language: 'en' },
    });
    expect(changed).toBeInstanceOf(SingerProfile);
    expect(changed).toMatchObject({
      id: made.id,
      nickname: 'Freddie',
      avatarUrl: 'https://example.com/f.png',
      preferences: { language: 'en' },
    });
    await expect(profiles().updateSinger(made.id, { avatarUrl: null })).resolves.toMatchObject({
      nickname: 'Freddie',
      avatarUrl: null,
    });
  });

  it('writes the given fields of a customer, and keeps the rest', async () => {
    const { id: userId } = await createUser(manager());
    const made = await profiles().findOrCreateCustomer(userId, { dbaName: 'Joe’s' });
    const changes = { contactEmail: 'joe@example.com', billingAddress: { city: 'Nashville' } };
    const changed = await profiles().updateCustomer(made.id, changes);
    expect(changed).toBeInstanceOf(CustomerProfile);
    expect(changed).toMatchObject({ ...changes, dbaName: 'Joe’s', timezone: 'UTC' });
    const stored = await manager().findOneByOrFail(CustomerProfile, { id: made.id });
    expect(changed).toEqual(stored);
  });

  it('writes and records nothing when nothing changes', async () => {
    const { id: userId } = await createUser(manager());
    const made = await profiles().findOrCreateSinger(userId, { nickname: 'Freddie' });
    await expect(profiles().updateSinger(made.id, {})).resolves.toEqual(made);
    await expect(profiles().updateSinger(made.id, { nickname: 'Freddie' })).resolves.toEqual(made);
    await expect(manager().countBy(AuditLog, { recordId: made.id })).resolves.toBe(1);
  });

  it('changes only the fields that it is for', async () => {
    const { id: userId } = await createUser(manager());
    const made = await profiles().findOrCreateCustomer(userId);
    const foreign = { userId: randomUUID(), stripeCustomerId: 'cus_1', dbaName: 'Joe’s' };
    await expect(
      profiles().updateCustomer(made.id, foreign as CustomerProfileChanges),
    ).resolves.toMatchObject({ userId, stripeCustomerId: null, dbaName: 'Joe’s' });
  });

  it('refuses an unknown profile, and a text that cannot be stored', async () => {
    for (const unknown of [randomUUID(), 'nobody']) {
      for (const changes of [{}, { nickname: 'Freddie' }]) {
        await expect(profiles().updateSinger(unknown, changes)).rejects.toMatchObject({
          code: 'SINGER_PROFILE_NOT_FOUND',
        });
      }
      await expect(profiles().updateCustomer(unknown, {})).rejects.toMatchObject({
        code: 'CUSTOMER_PROFILE_NOT_FOUND',
      });
    }
    const { id } = await profiles().findOrCreateSinger((await createUser(manager())).id);
    await expect(profiles().updateSinger(id, { nickname: 'A\0' })).rejects.toMatchObject({
      code: 'INVALID_TEXT',
      field: 'nickname',
    });
  });
});

describeOnServer('races', () => {
  it('changes of different fields are all kept', async () => {
    const { id } = await profiles().findOrCreateSinger((await createUser(manager())).id);
    await Promise.all([
      profiles().updateSinger(id, { nickname: 'Freddie' }),
      profiles().updateSinger(id, { avatarUrl: 'https://example.com/f.png' }),
      profiles().updateSinger(id, { preferences: { language: 'en' } }),
    ]);
    await expect(profiles().updateSinger(id, {})).resolves.toMatchObject({
      nickname: 'Freddie',
      avatarUrl: 'https://example.com/f.png',
      preferences: { language: 'en' },
    });
  });

  it('several calls create one profile', async () => {
    const { id } = await createUser(manager());
    const made = await Promise.all(atOnce(10, () => profiles().findOrCreateSinger(id)));
    expect(new Set(made.map((profile) => profile.id)).size).toBe(1);
  });
});
