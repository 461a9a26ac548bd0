import { randomUUID } from 'node:crypto';
import { ApiKey, ApiKeyRepository, ApiKeyService, Customer } from '@singr/database';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { createCustomerProfile, createUser } from '../../support/fixtures.js';
import { inTurn } from '../../support/in-turn.js';
import { useServices } from '../../support/identity-services.js';
import { describeKeys } from '../keys/describe-keys.js';

const database = useDatabase();
const services = useServices(database);
const keys = () => services.get(ApiKeyService);
const manager = () => services.dataSource.manager;

describeKeys(database, services, {
  service: ApiKeyService,
  entity: ApiKey,
  table: 'api_keys',
  index: 'api_keys_api_key_hash_key',
  prefix: 'sk',
  owner: 'customerProfileId',
  createOwner: createCustomerProfile,
  codes: {
    rejected: 'API_KEY_REJECTED',
    notFound: 'API_KEY_NOT_FOUND',
    ownerNotFound: 'CUSTOMER_PROFILE_NOT_FOUND',
    transition: 'API_KEY_TRANSITION',
  },
});

let customerProfileId: string;

beforeEach(async () => {
  customerProfileId = (await createCustomerProfile(manager())).id;
});

function issue(fields: object = {}) {
  return keys().issue({ customerProfileId, ...fields });
}

function createCustomer(profileId: string): Promise<Customer> {
  return manager().save(
    manager().create(Customer, {
      id: randomUUID(),
      stripeCustomerId: `cus_${randomUUID()}`,
      customerProfileId: profileId,
    }),
  );
}

describe("a customer's key", () => {
  it("is in its customer's list", async () => {
    const first = await issue();
    const second = await issue();
    await keys().revoke(customerProfileId, first.apiKey.id);
    const list = services.get(ApiKeyRepository);
    await expect(list.findByCustomer(customerProfileId)).resolves.toMatchObject([
      { id: second.apiKey.id, status: 'active' },
      { id: first.apiKey.id, status: 'revoked' },
    ]);
    await expect(list.findByCustomer('x')).resolves.toEqual([]);
  });

  it('refuses metadata that cannot be stored', async () => {
    await expect(issue({ metadata: { note: 'a\0b' } })).rejects.toMatchObject({
      code: 'INVALID_TEXT',
    });
  });

  it('refuses unknown rows, and a Stripe customer of another customer profile', async () => {
    for (const unknown of [randomUUID(), 'nobody']) {
      await expect(issue({ createdByUserId: unknown })).rejects.toMatchObject({
        code: 'USER_NOT_FOUND',
      });
      await expect(issue({ customerId: unknown })).rejects.toMatchObject({
        code: 'API_KEY_CUSTOMER',
      });
    }
    const others = await createCustomer((await createCustomerProfile(manager())).id);
    await expect(issue({ customerId: others.id })).rejects.toMatchObject({
      code: 'API_KEY_CUSTOMER',
    });
  });

  it('has the time of its revocation, also by rotation', async () => {
    const { apiKey } = await issue();
    const revoked = await keys().revoke(customerProfileId, apiKey.id);
    expect(revoked.revokedAt).toBeInstanceOf(Date);
    const { apiKey: old } = await issue();
    await keys().rotate(customerProfileId, old.id);
    const { revokedAt } = await manager().findOneByOrFail(ApiKey, { id: old.id });
    expect(revokedAt).toBeInstanceOf(Date);
  });

  it('passes on its values and its creator when it is rotated, unless another creator is given', async () => {
    const creator = await createUser(manager());
    const other = await createUser(manager());
    const { id: customerId } = await createCustomer(customerProfileId);
    const handedOn = { customerId, description: 'OpenKJ', metadata: { seats: 2 } };
    const { apiKey } = await issue({ ...handedOn, createdByUserId: creator.id });
    expect(apiKey).toMatchObject({ ...handedOn, createdByUserId: creator.id });
    const rotated = await keys().rotate(customerProfileId, apiKey.id);
    expect(rotated.apiKey).toMatchObject({ ...handedOn, createdByUserId: creator.id });
    const again = await keys().rotate(customerProfileId, rotated.apiKey.id, {
      createdByUserId: other.id,
    });
    expect(again.apiKey).toMatchObject({ ...handedOn, createdByUserId: other.id });
    for (const unknown of [randomUUID(), 'nobody']) {
      const rotation = keys().rotate(customerProfileId, again.apiKey.id, {
        createdByUserId: unknown,
      });
      await expect(rotation).rejects.toMatchObject({ code: 'USER_NOT_FOUND' });
    }
  });

  it('is marked as expired once, and can be revoked then', async () => {
    // Keys of other tests.
    await keys().expireOverdue();
    const { apiKey } = await issue({ lifetime: 60_000 });
    await database.query(
      `UPDATE api_keys SET expires_at = now() - interval '1 second' WHERE api_keys_id = $1`,
      [apiKey.id],
    );
    await expect(keys().expireOverdue()).resolves.toBe(1);
    await expect(keys().expireOverdue()).resolves.toBe(0);
    await expect(manager().findOneByOrFail(ApiKey, { id: apiKey.id })).resolves.toMatchObject({
      status: 'expired',
    });
    await keys().revoke(customerProfileId, apiKey.id);
  });
});

describeOnServer('races', () => {
  it('a key for a Stripe customer who is being deleted is refused', async () => {
    const { id } = await createCustomer(customerProfileId);
    const deletion = { lock: 'DELETE FROM customers WHERE customers_id = $1', parameters: [id] };
    expect(await inTurn(database, deletion, () => issue({ customerId: id }))).toMatchObject([
      { reason: { code: 'API_KEY_CUSTOMER', customerId: id } },
    ]);
  });
});
