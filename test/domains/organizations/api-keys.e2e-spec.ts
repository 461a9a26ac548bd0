import { createHash, randomUUID } from 'node:crypto';
import { ApiKey, ApiKeyRepository, ApiKeyService, AuditLog, Customer } from '@singr/database';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { createCustomerProfile, createUser } from '../../support/fixtures.js';
import { inTurn } from '../../support/in-turn.js';
import { atOnce, useServices } from '../../support/identity-services.js';

const database = useDatabase();
const services = useServices(database);
const keys = () => services.get(ApiKeyService);
const manager = () => services.dataSource.manager;

let customerProfileId: string;

beforeEach(async () => {
  customerProfileId = (await createCustomerProfile(manager())).id;
});

function issue(fields: object = {}) {
  return keys().issue({ customerProfileId, ...fields });
}

async function setLastUse(id: string, ago: string): Promise<void> {
  await database.query(
    `UPDATE api_keys SET last_used_at = now() - $2::interval WHERE api_keys_id = $1`,
    [id, ago],
  );
}

async function expire(id: string): Promise<void> {
  await database.query(
    `UPDATE api_keys SET expires_at = now() - interval '1 second' WHERE api_keys_id = $1`,
    [id],
  );
}

function reload(id: string): Promise<ApiKey> {
  return manager().findOneByOrFail(ApiKey, { id });
}

function updatesOf(id: string): Promise<number> {
  return manager().countBy(AuditLog, { recordId: id, operation: 'UPDATE' });
}

const rejected = { code: 'API_KEY_REJECTED' };

describe('a key', () => {
  it('is shown once, stored as its SHA-256, and found by it', async () => {
    const { id: createdByUserId } = await createUser(manager());
    const { key, apiKey } = await issue({ createdByUserId, description: 'OpenKJ' });
    expect(key).toMatch(/^sk_[\w-]{43}$/);
    expect(apiKey).toMatchObject({ status: 'active', createdByUserId, expiresAt: null });
    expect(apiKey.apiKeyHash).toBe(createHash('sha256').update(key).digest('hex'));
    await expect(keys().authenticate(key)).resolves.toMatchObject({
      id: apiKey.id,
      customerProfileId,
      description: 'OpenKJ',
    });
    for (const wrong of ['', `${key}x`, apiKey.apiKeyHash]) {
      await expect(keys().authenticate(wrong)).rejects.toMatchObject(rejected);
    }
  });

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

  it('is found by the unique index', async () => {
    const plan = await services.dataSource.transaction(async (inside) => {
      await inside.query('SET LOCAL enable_seqscan = off');
      return inside.query<object[]>(`EXPLAIN SELECT * FROM api_keys WHERE api_key_hash = 'x'`);
    });
    expect(JSON.stringify(plan)).toContain('api_keys_api_key_hash_key');
  });

  it('takes another prefix, and refuses one that is not valid', async () => {
    const { key } = await issue({ prefix: 'sk_test' });
    expect(key).toMatch(/^sk_test_/);
    for (const prefix of ['', 'a b', '_sk', 'x'.repeat(21)]) {
      await expect(issue({ prefix })).rejects.toMatchObject({ code: 'INVALID_KEY_PREFIX' });
    }
  });

  it('refuses a text that cannot be stored', async () => {
    for (const fields of [{ description: 'a\0b' }, { metadata: { note: 'a\0b' } }]) {
      await expect(issue(fields)).rejects.toMatchObject({ code: 'INVALID_TEXT' });
    }
  });

  it('refuses what does not exist, and a Stripe customer of somebody else', async () => {
    for (const unknown of [randomUUID(), 'nobody']) {
      await expect(issue({ customerProfileId: unknown })).rejects.toMatchObject({
        code: 'CUSTOMER_PROFILE_NOT_FOUND',
      });
      await expect(issue({ createdByUserId: unknown })).rejects.toMatchObject({
        code: 'USER_NOT_FOUND',
      });
      await expect(issue({ customerId: unknown })).rejects.toMatchObject({
        code: 'API_KEY_CUSTOMER',
      });
    }
    const { id: otherProfileId } = await createCustomerProfile(manager());
    const others = await manager().save(
      manager().create(Customer, {
        id: randomUUID(),
        stripeCustomerId: `cus_${randomUUID()}`,
        customerProfileId: otherProfileId,
      }),
    );
    await expect(issue({ customerId: others.id })).rejects.toMatchObject({
      code: 'API_KEY_CUSTOMER',
    });
  });

  it('opens nothing once it has expired', async () => {
    const { key, apiKey } = await issue({ lifetime: 60_000 });
    await keys().authenticate(key);
    await expire(apiKey.id);
    await expect(keys().authenticate(key)).rejects.toMatchObject(rejected);
    await expect(keys().rotate(customerProfileId, apiKey.id)).rejects.toMatchObject({
      code: 'API_KEY_TRANSITION',
      from: 'expired',
      to: 'rotated',
    });
    await expect(keys().expireOverdue()).resolves.toBe(1);
    await expect(keys().expireOverdue()).resolves.toBe(0);
    await expect(reload(apiKey.id)).resolves.toMatchObject({ status: 'expired' });
    await keys().revoke(customerProfileId, apiKey.id);
  });

  it('can be suspended and made active, until it is revoked', async () => {
    const { key, apiKey } = await issue();
    await keys().suspend(customerProfileId, apiKey.id);
    await expect(keys().authenticate(key)).rejects.toMatchObject(rejected);
    await expect(keys().suspend(customerProfileId, apiKey.id)).rejects.toMatchObject({
      from: 'suspended',
      to: 'suspended',
    });
    await keys().reactivate(customerProfileId, apiKey.id);
    await keys().authenticate(key);
    const revoked = await keys().revoke(customerProfileId, apiKey.id);
    expect(revoked.revokedAt).toBeInstanceOf(Date);
    await expect(keys().authenticate(key)).rejects.toMatchObject(rejected);
    for (const step of ['reactivate', 'suspend', 'revoke'] as const) {
      await expect(keys()[step](customerProfileId, apiKey.id)).rejects.toMatchObject({
        code: 'API_KEY_TRANSITION',
        from: 'revoked',
      });
    }
  });

  it('that ran out while it was suspended stays so', async () => {
    const { apiKey } = await issue({ lifetime: 60_000 });
    await keys().suspend(customerProfileId, apiKey.id);
    await expire(apiKey.id);
    await expect(keys().reactivate(customerProfileId, apiKey.id)).rejects.toMatchObject({
      from: 'expired',
      to: 'active',
    });
  });

  it('is replaced by another when it is rotated', async () => {
    const { key, apiKey } = await issue({ description: 'OpenKJ', lifetime: 3_600_000 });
    const rotated = await keys().rotate(customerProfileId, apiKey.id);
    expect(rotated.apiKey).toMatchObject({ description: 'OpenKJ', status: 'active' });
    expect(rotated.apiKey.id).not.toBe(apiKey.id);
    const { expiresAt, createdAt } = rotated.apiKey;
    expect(expiresAt!.getTime() - createdAt.getTime()).toBe(3_600_000);
    await expect(keys().authenticate(key)).rejects.toMatchObject(rejected);
    await keys().authenticate(rotated.key);
    await expect(reload(apiKey.id)).resolves.toMatchObject({ status: 'revoked' });
    const forAMinute = await keys().rotate(customerProfileId, rotated.apiKey.id, {
      lifetime: 60_000,
    });
    expect(forAMinute.apiKey.expiresAt!.getTime() - forAMinute.apiKey.createdAt.getTime()).toBe(
      60_000,
    );
  });

  it("is not another customer's business", async () => {
    const { apiKey } = await issue();
    const other = await createCustomerProfile(manager());
    for (const id of [apiKey.id, randomUUID(), 'none']) {
      await expect(keys().rotate(other.id, id)).rejects.toMatchObject({
        code: 'API_KEY_NOT_FOUND',
      });
      await expect(keys().revoke(other.id, id)).rejects.toMatchObject({
        code: 'API_KEY_NOT_FOUND',
      });
    }
  });
});

describe('the last use', () => {
  it('is noted at most once a minute', async () => {
    const { key, apiKey } = await issue();
    await keys().authenticate(key);
    const { lastUsedAt } = await reload(apiKey.id);
    expect(Date.now() - lastUsedAt!.getTime()).toBeLessThan(30_000);
    await keys().authenticate(key);
    await expect(updatesOf(apiKey.id)).resolves.toBe(1);
    await setLastUse(apiKey.id, '59 seconds');
    await keys().authenticate(key);
    await setLastUse(apiKey.id, '61 seconds');
    await keys().authenticate(key);
    // The two of the test, the first and the last.
    await expect(updatesOf(apiKey.id)).resolves.toBe(4);
  });

  it('does not fail the call that it cannot be noted for, nor its transaction', async () => {
    const { key } = await issue();
    await services.dataSource.transaction(async (inside) => {
      await inside.query('SET TRANSACTION READ ONLY');
      await expect(keys().authenticate(key)).resolves.toBeDefined();
      await expect(inside.query('SELECT 1')).resolves.toBeDefined();
    });
  });
});

describeOnServer('races', () => {
  it('fifty uses at once are noted once', async () => {
    const { key, apiKey } = await issue();
    await Promise.all(atOnce(50, () => keys().authenticate(key)));
    await expect(updatesOf(apiKey.id)).resolves.toBe(1);
  });

  it('a use does not wait for somebody who holds the row', async () => {
    const { key, apiKey } = await issue();
    const holder = await database.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT FROM api_keys WHERE api_keys_id = $1 FOR UPDATE', [apiKey.id]);
    await expect(keys().authenticate(key)).resolves.toMatchObject({ id: apiKey.id });
    await holder.query('ROLLBACK');
  });

  it('a key for a Stripe customer who is being deleted is refused', async () => {
    const { id } = await manager().save(
      manager().create(Customer, {
        id: randomUUID(),
        stripeCustomerId: `cus_${randomUUID()}`,
        customerProfileId,
      }),
    );
    const deletion = { lock: 'DELETE FROM customers WHERE customers_id = $1', parameters: [id] };
    expect(await inTurn(database, deletion, () => issue({ customerId: id }))).toMatchObject([
      { reason: { code: 'API_KEY_CUSTOMER', customerId: id } },
    ]);
  });

  describe('in turn', () => {
    let id: string;

    beforeEach(async () => {
      ({
        apiKey: { id },
      } = await issue());
    });

    const inTurnForKey = (...work: (() => Promise<unknown>)[]) =>
      inTurn(
        database,
        {
          lock: 'SELECT FROM api_keys WHERE api_keys_id = $1 FOR UPDATE',
          parameters: [id],
        },
        ...work,
      );
    const rotate = () => keys().rotate(customerProfileId, id);
    const revoke = () => keys().revoke(customerProfileId, id);
    const suspend = () => keys().suspend(customerProfileId, id);
    const statuses = async () => {
      const all = await manager().find(ApiKey, {
        where: { customerProfileId },
        order: { createdAt: 'ASC' },
      });
      return all.map(({ status }) => status);
    };
    const wasRevoked = { reason: { code: 'API_KEY_TRANSITION', from: 'revoked' } };

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
