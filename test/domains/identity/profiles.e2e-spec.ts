import { randomUUID } from 'node:crypto';
import { AuditLog, CustomerProfile, ProfileService, SingerProfile } from '@singr/database';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { createUser } from '../../support/fixtures.js';
import { atOnce, useServices } from '../../support/identity-services.js';

const services = useServices(useDatabase());
const profiles = () => services.get(ProfileService);
const manager = () => services.dataSource.manager;

it('makes a user a singer once, by the doing of the user', async () => {
  const { id } = await createUser(manager());
  const made = await profiles().findOrCreateSinger(id, { nickname: 'Farrokh' });
  expect(made).toBeInstanceOf(SingerProfile);
  expect(made).toMatchObject({ userId: id, nickname: 'Farrokh', preferences: {} });
  await expect(profiles().findOrCreateSinger(id, { nickname: 'Freddie' })).resolves.toEqual(made);
  await expect(manager().findOneByOrFail(AuditLog, { recordId: made.id })).resolves.toMatchObject({
    userId: id,
  });
});

it('makes a user a customer once', async () => {
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

describeOnServer('races', () => {
  it('several make one profile', async () => {
    const { id } = await createUser(manager());
    const made = await Promise.all(atOnce(10, () => profiles().findOrCreateSinger(id)));
    expect(new Set(made.map((profile) => profile.id)).size).toBe(1);
  });
});
