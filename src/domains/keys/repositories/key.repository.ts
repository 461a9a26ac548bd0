import type { FindOptionsWhere, SelectQueryBuilder } from 'typeorm';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity.js';
import { onPrimary } from '../../../engine/connection/on-primary.js';
import { DomainRepository } from '../../common/domain.repository.js';
import { intervalOf } from '../../common/from-now.js';
import type { Key, KeyStatus } from '../key.js';

/** The replacement of a key. */
export interface KeyRotation<K> {
  /** The owner of both keys. */
  readonly ownerId: string;
  /** The old key. */
  readonly keyId: string;
  /** The hash of the new key. */
  readonly apiKeyHash: string;
  /** In milliseconds; null gives the new key the lifetime that the old one had. */
  readonly lifetime: number | null;
  /** Values of the new key that are not copied from the old one. */
  readonly changes?: Partial<K>;
}

/**
 * The SQL condition that a key's use is due to be recorded. Each record is a write and an entry in the audit
 * trail, so a program that calls constantly causes one in each interval.
 */
function isUseDue(lastUsedAt: string, noteUseEvery: number): string {
  return `(${lastUsedAt} IS NULL OR ${lastUsedAt} <= now() - ${intervalOf(noteUseEvery)})`;
}

function isNotExpired(expiresAt: string): string {
  return `(${expiresAt} IS NULL OR ${expiresAt} > now())`;
}

/** The base class of repositories of keys. */
export abstract class KeyRepository<K extends Key> extends DomainRepository<K> {
  /**
   * The property that holds the owner's id.
   *
   * @internal
   */
  protected abstract readonly owner: keyof K & string;
  /**
   * The properties that rotation copies to the new key, in addition to the owner.
   *
   * @internal
   */
  protected abstract readonly takenOver: readonly (keyof K & string)[];

  /**
   * Inserts a key.
   *
   * @internal
   */
  async issue(values: QueryDeepPartialEntity<K>): Promise<K> {
    const key = await this.write(this.createQueryBuilder().insert().values(values));
    return key!;
  }

  /**
   * Finds one of the owner's keys, whatever its status.
   *
   * @internal
   */
  findOwn(ownerId: string, id: string): Promise<K | null> {
    return onPrimary(() => this.findOneBy({ [this.owner]: ownerId, id } as FindOptionsWhere<K>));
  }

  /**
   * Finds the usable key with this hash, and whether its use is due to be recorded. One query, by the index
   * on the hashes.
   *
   * @param noteUseEvery in milliseconds
   * @throws InvalidLifetimeError
   *
   * @internal
   */
  async findForUse(
    hash: string,
    noteUseEvery: number,
  ): Promise<{ key: K; isUseDue: boolean } | null> {
    const query = this.usable()
      .addSelect(isUseDue('key.lastUsedAt', noteUseEvery), 'use_due')
      .andWhere('key.apiKeyHash = :hash', { hash });
    const { entities, raw } = await this.everywhere(() =>
      onPrimary(() => query.getRawAndEntities<{ use_due: boolean }>()),
    );
    return entities[0] === undefined ? null : { key: entities[0], isUseDue: raw[0]!.use_due };
  }

  /**
   * Records a key's use, unless that was done within the last `noteUseEvery` milliseconds. It runs in a
   * savepoint, so a failure leaves the surrounding transaction usable. It skips a locked row and does not wait.
   *
   * @internal
   */
  async noteUse(id: string, noteUseEvery: number): Promise<void> {
    const { table, primaryKey } = this;
    await this.everywhere(() =>
      this.manager.transaction((manager) =>
        manager.query(
          `UPDATE ${table} SET last_used_at = now() WHERE ${primaryKey} IN (
             SELECT ${primaryKey} FROM ${table}
             WHERE ${primaryKey} = $1 AND ${isUseDue('last_used_at', noteUseEvery)} FOR UPDATE SKIP LOCKED)`,
          [id],
        ),
      ),
    );
  }

  /**
   * Revokes an active key and creates its replacement; null when the key is not active. It is one atomic
   * statement, and only one of several concurrent callers succeeds.
   *
   * @internal
   */
  rotate({
    ownerId,
    keyId,
    apiKeyHash,
    lifetime,
    changes = {},
  }: KeyRotation<K>): Promise<K | null> {
    const { table, primaryKey, revokedAt } = this;
    const owner = this.columnOf(this.owner);
    const parameters: unknown[] = [ownerId, keyId, apiKeyHash, lifetime];
    const columns = this.takenOver.map((property) => this.columnOf(property));
    const values = this.takenOver.map((property) =>
      changes[property] === undefined
        ? this.columnOf(property)
        : `$${parameters.push(changes[property])}`,
    );
    return this.insertBySql(
      `WITH old AS (
         UPDATE ${table} SET status = 'revoked' ${revokedAt && `, ${revokedAt} = now()`}
         WHERE ${owner} = $1 AND ${primaryKey} = $2 AND status = 'active'
           AND ${isNotExpired('expires_at')}
         RETURNING *
       )
       INSERT INTO ${table} (api_key_hash, expires_at, ${[owner, ...columns].join(', ')})
       SELECT $3, now() + coalesce($4::float8 * interval '1 millisecond', expires_at - created_at),
         ${[owner, ...values].join(', ')}
       FROM old
       RETURNING *`,
      parameters,
    );
  }

  /**
   * Changes a key's status if its current status is one of those given; otherwise null.
   *
   * @internal
   */
  transition(
    ownerId: string,
    keyId: string,
    from: readonly KeyStatus[],
    to: KeyStatus,
  ): Promise<K | null> {
    const isRevoked = to === 'revoked';
    const values = isRevoked && this.revokedAt ? { revokedAt: () => 'now()' } : {};
    const query = this.createQueryBuilder()
      .update()
      .set({ ...values, status: to } as object)
      .where(`${this.columnOf(this.owner)} = :ownerId AND ${this.primaryKey} = :keyId`)
      // Compared as text, because the kinds have different enum types.
      .andWhere('status::text IN (:...from)')
      .setParameters({ ownerId, keyId, from });
    // A key past its expiry can only be revoked.
    return this.write(isRevoked ? query : query.andWhere(isNotExpired('expires_at')));
  }

  /**
   * Selects the usable keys, as `key`.
   *
   * @internal
   */
  protected usable(): SelectQueryBuilder<K> {
    return this.createQueryBuilder('key')
      .where(`key.status = 'active'`)
      .andWhere(isNotExpired('key.expiresAt'));
  }

  private get table(): string {
    return this.metadata.tableName;
  }

  private get primaryKey(): string {
    return this.columnOf('id');
  }

  /** The column with the time of revocation; empty when the table has none. */
  private get revokedAt(): string {
    return this.metadata.findColumnWithPropertyName('revokedAt')?.databaseName ?? '';
  }

  private columnOf(property: keyof K & string): string {
    return this.metadata.findColumnWithPropertyName(property)!.databaseName;
  }
}
