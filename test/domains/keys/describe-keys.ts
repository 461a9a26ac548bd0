import { createHash, randomUUID } from 'node:crypto';
import type { Type } from '@nestjs/common';
import { AuditLog, type IssuedKey, type KeyStatus } from '@singr/database';
import type { EntityManager } from 'typeorm';
import { describeOnServer, type TestDatabase } from '../../support/database.js';
import { atOnce, type Services } from '../../support/identity-services.js';
import { inTurn } from '../../support/in-turn.js';

/** The properties of a key of any kind. */
interface AnyKey {
  id: string;
  apiKeyHash: string;
  description: string | null;
  lastUsedAt: Date | null;
  status: KeyStatus;
  expiresAt: Date | null;
  createdAt: Date;
}

/** The methods of a service for any kind of keys. */
interface AnyKeyService<K> {
  issue(options: any): Promise<IssuedKey<K>>;
  authenticate(key: string, options?: { noteUseEvery?: number }): Promise<K>;
  rotate(ownerId: string, id: string, options?: { lifetime?: number }): Promise<IssuedKey<K>>;
  revoke(ownerId: string, id: string): Promise<K>;
  suspend(ownerId: string, id: string): Promise<K>;
  reactivate(ownerId: string, id: string): Promise<K>;
}

export interface KindOfKeys<K extends AnyKey> {
  service: Type<AnyKeyService<K>>;
  entity: Type<K>;
  table: string;
  /** The index by which a key is found. */
  index: string;
  prefix: string;
  /** The property with the owner of a key, and a function that creates an owner. */
  owner: keyof K & string;
  createOwner: (manager: EntityManager) => Promise<{ id: string }>;
  codes: { rejected: string; notFound: string; ownerNotFound: string; transition: string };
}

/** Tests that apply to keys of any kind. */
export function describeKeys<K extends AnyKey>(
  database: TestDatabase,
  services: Services,
  kind: KindOfKeys<K>,
): void {
  const { table, owner, codes } = kind;
  const keys = () => services.get(kind.service);
  const manager = () => services.dataSource.manager;
  const rejected = { code: codes.rejected };
  let ownerId: string;

  beforeEach(async () => {
    ({ id: ownerId } = await kind.createOwner(manager()));
  });

  function issue(fields: object = {}): Promise<IssuedKey<K>> {
    return keys().issue({ [owner]: ownerId, ...fields });
  }

  async function setLastUse(id: string, ago: string): Promise<void> {
    await database.query(
      `UPDATE ${table} SET last_used_at = now() - $2::interval WHERE ${table}_id = $1`,
      [id, ago],
    );
  }

  async function expire(id: string): Promise<void> {
    await database.query(
      `UPDATE ${table} SET expires_at = now() - interval '1 second' WHERE ${table}_id = $1`,
      [id],
    );
  }

  async function reload(id: string): Promise<K> {
    const [key] = await manager().findBy<AnyKey>(kind.entity, { id });
    return key as K;
  }

  function updatesOf(id: string): Promise<number> {
    return manager().countBy(AuditLog, { recordId: id, operation: 'UPDATE' });
  }

  describe('a key', () => {
    it('is shown once, stored as its SHA-256, and found by it', async () => {
      const { key, apiKey } = await issue({ description: 'OpenKJ' });
      expect(key).toMatch(new RegExp(`^${kind.prefix}_[\\w-]{43}$`));
      expect(apiKey).toMatchObject({ status: 'active', expiresAt: null });
      expect(apiKey.apiKeyHash).toBe(createHash('sha256').update(key).digest('hex'));
      await expect(keys().authenticate(key)).resolves.toMatchObject({
        id: apiKey.id,
        [owner]: ownerId,
        description: 'OpenKJ',
      });
      for (const wrong of ['', `${key}x`, apiKey.apiKeyHash]) {
        await expect(keys().authenticate(wrong)).rejects.toMatchObject(rejected);
      }
    });

    it('is found by the index of hashes', async () => {
      const plan = await services.dataSource.transaction(async (inside) => {
        await inside.query('SET LOCAL enable_seqscan = off');
        return inside.query<object[]>(`EXPLAIN SELECT * FROM ${table} WHERE api_key_hash = 'x'`);
      });
      expect(JSON.stringify(plan)).toContain(kind.index);
    });

    it('accepts another prefix, and refuses one that is not valid', async () => {
      const { key } = await issue({ prefix: 'sk_test' });
      expect(key).toMatch(/^sk_test_/);
      for (const prefix of ['', 'a b', '_sk', 'x'.repeat(21)]) {
        await expect(issue({ prefix })).rejects.toMatchObject({ code: 'INVALID_KEY_PREFIX' });
      }
    });

    it('refuses a text that cannot be stored', async () => {
      await expect(issue({ description: 'a\0b' })).rejects.toMatchObject({ code: 'INVALID_TEXT' });
    });

    it('refuses an owner who does not exist', async () => {
      for (const unknown of [randomUUID(), 'nobody']) {
        await expect(issue({ [owner]: unknown })).rejects.toMatchObject({
          code: codes.ownerNotFound,
        });
      }
    });

    it('grants no access after it has expired', async () => {
      const { key, apiKey } = await issue({ lifetime: 60_000 });
      await keys().authenticate(key);
      await expire(apiKey.id);
      await expect(keys().authenticate(key)).rejects.toMatchObject(rejected);
      await expect(keys().rotate(ownerId, apiKey.id)).rejects.toMatchObject({
        code: codes.transition,
        from: 'expired',
        to: 'rotated',
      });
      await expect(keys().suspend(ownerId, apiKey.id)).rejects.toMatchObject({ from: 'expired' });
      await keys().revoke(ownerId, apiKey.id);
    });

    it('can be suspended and made active, until it is revoked', async () => {
      const { key, apiKey } = await issue();
      await keys().suspend(ownerId, apiKey.id);
      await expect(keys().authenticate(key)).rejects.toMatchObject(rejected);
      await expect(keys().suspend(ownerId, apiKey.id)).rejects.toMatchObject({
        from: 'suspended',
        to: 'suspended',
      });
      await keys().reactivate(ownerId, apiKey.id);
      await keys().authenticate(key);
      await expect(keys().revoke(ownerId, apiKey.id)).resolves.toMatchObject({ status: 'revoked' });
      await expect(keys().authenticate(key)).rejects.toMatchObject(rejected);
      for (const step of ['reactivate', 'suspend', 'revoke'] as const) {
        await expect(keys()[step](ownerId, apiKey.id)).rejects.toMatchObject({
          code: codes.transition,
          from: 'revoked',
        });
      }
    });

    it('stays suspended if it expired meanwhile', async () => {
      const { apiKey } = await issue({ lifetime: 60_000 });
      await keys().suspend(ownerId, apiKey.id);
      await expire(apiKey.id);
      await expect(keys().reactivate(ownerId, apiKey.id)).rejects.toMatchObject({
        from: 'expired',
        to: 'active',
      });
    });

    it('is replaced by another when it is rotated', async () => {
      const { key, apiKey } = await issue({ description: 'OpenKJ', lifetime: 3_600_000 });
      const rotated = await keys().rotate(ownerId, apiKey.id);
      expect(rotated.key).toMatch(new RegExp(`^${kind.prefix}_`));
      expect(rotated.apiKey).toMatchObject({ description: 'OpenKJ', status: 'active' });
      expect(rotated.apiKey.id).not.toBe(apiKey.id);
      const { expiresAt, createdAt } = rotated.apiKey;
      expect(expiresAt!.getTime() - createdAt.getTime()).toBe(3_600_000);
      await expect(keys().authenticate(key)).rejects.toMatchObject(rejected);
      await keys().authenticate(rotated.key);
      await expect(reload(apiKey.id)).resolves.toMatchObject({ status: 'revoked' });
      const forAMinute = await keys().rotate(ownerId, rotated.apiKey.id, { lifetime: 60_000 });
      expect(forAMinute.apiKey.expiresAt!.getTime() - forAMinute.apiKey.createdAt.getTime()).toBe(
        60_000,
      );
      await expect(keys().rotate(ownerId, apiKey.id)).rejects.toMatchObject({
        code: codes.transition,
        from: 'revoked',
        to: 'rotated',
      });
    });

    it('cannot be changed by another owner', async () => {
      const { apiKey } = await issue();
      const other = await kind.createOwner(manager());
      for (const id of [apiKey.id, randomUUID(), 'none']) {
        await expect(keys().rotate(other.id, id)).rejects.toMatchObject({ code: codes.notFound });
        await expect(keys().revoke(other.id, id)).rejects.toMatchObject({ code: codes.notFound });
      }
      for (const unknown of [randomUUID(), 'none']) {
        await expect(keys().revoke(unknown, apiKey.id)).rejects.toMatchObject({
          code: codes.notFound,
        });
      }
    });
  });

  describe('the last use', () => {
    it('is recorded at most once in 15 minutes', async () => {
      const { key, apiKey } = await issue();
      await keys().authenticate(key);
      const { lastUsedAt } = await reload(apiKey.id);
      expect(Date.now() - lastUsedAt!.getTime()).toBeLessThan(30_000);
      await keys().authenticate(key);
      await expect(updatesOf(apiKey.id)).resolves.toBe(1);
      await setLastUse(apiKey.id, '14 minutes 59 seconds');
      await keys().authenticate(key);
      await setLastUse(apiKey.id, '15 minutes 1 second');
      await keys().authenticate(key);
      // The first and the last use in this test.
      await expect(updatesOf(apiKey.id)).resolves.toBe(4);
    });

    it('is recorded in the interval of the option', async () => {
      const { key, apiKey } = await issue();
      const hourly = { noteUseEvery: 3_600_000 };
      await keys().authenticate(key, hourly);
      await setLastUse(apiKey.id, '59 minutes');
      await keys().authenticate(key, hourly);
      await setLastUse(apiKey.id, '61 minutes');
      await keys().authenticate(key, hourly);
      await expect(updatesOf(apiKey.id)).resolves.toBe(4);
    });

    it.each([0, -1, Number.NaN])(
      'cannot be recorded every %d milliseconds',
      async (noteUseEvery) => {
        const { key, apiKey } = await issue();
        await expect(keys().authenticate(key, { noteUseEvery })).rejects.toMatchObject({
          code: 'INVALID_LIFETIME',
        });
        await expect(reload(apiKey.id)).resolves.toMatchObject({ lastUsedAt: null });
      },
    );

    it('that cannot be recorded fails neither the call nor its transaction', async () => {
      const { key } = await issue();
      await services.dataSource.transaction(async (inside) => {
        await inside.query('SET TRANSACTION READ ONLY');
        await expect(keys().authenticate(key)).resolves.toBeDefined();
        await expect(inside.query('SELECT 1')).resolves.toBeDefined();
      });
    });
  });

  describeOnServer('races', () => {
    it('fifty concurrent uses are recorded once', async () => {
      const { key, apiKey } = await issue();
      await Promise.all(atOnce(50, () => keys().authenticate(key)));
      await expect(updatesOf(apiKey.id)).resolves.toBe(1);
    });

    it('a use does not wait for a lock of the row', async () => {
      const { key, apiKey } = await issue();
      const holder = await database.connect();
      await holder.query('BEGIN');
      await holder.query(`SELECT FROM ${table} WHERE ${table}_id = $1 FOR UPDATE`, [apiKey.id]);
      await expect(keys().authenticate(key)).resolves.toMatchObject({ id: apiKey.id });
      await holder.query('ROLLBACK');
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
          { lock: `SELECT FROM ${table} WHERE ${table}_id = $1 FOR UPDATE`, parameters: [id] },
          ...work,
        );
      const rotate = () => keys().rotate(ownerId, id);
      const revoke = () => keys().revoke(ownerId, id);
      const suspend = () => keys().suspend(ownerId, id);
      const statuses = async () => {
        const all = await manager().find<AnyKey>(kind.entity, {
          where: { [owner]: ownerId },
          order: { createdAt: 'ASC' },
        });
        return all.map(({ status }) => status);
      };
      const wasRevoked = { reason: { code: codes.transition, from: 'revoked' } };

      it('one of several rotations of one key succeeds', async () => {
        expect(await inTurnForKey(rotate, rotate, rotate)).toMatchObject([
          { value: { apiKey: { status: 'active' } } },
          wasRevoked,
          wasRevoked,
        ]);
        await expect(statuses()).resolves.toEqual(['revoked', 'active']);
      });

      it('a rotation after a revocation creates no other key', async () => {
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
}
