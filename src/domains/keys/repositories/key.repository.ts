import type { FindOptionsWhere, SelectQueryBuilder } from 'typeorm';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity.js';
import { onPrimary } from '../../../engine/connection/on-primary.js';
import { DomainRepository } from '../../common/domain.repository.js';
import type { Key, KeyStatus } from '../key.js';

/** A key that takes the place of another. */
export interface KeyRotation<K> {
  /** Whose the old key is, and so the new one. */
  readonly ownerId: string;
  /** The old key. */
  readonly keyId: string;
  /** The hash of the new key. */
  readonly apiKeyHash: string;
  /** In milliseconds; null gives the new key as long as the old one had. */
  readonly lifetime: number | null;
  /** What the new key does not take over from the old one. */
  readonly changes?: Partial<K>;
}

/**
 * SQL that says whether a key's use is to be written down: at most once a minute, so that a program that
 * calls all the time costs one write a minute, and the time is right to the minute.
 */
function isUseDue(lastUsedAt: string): string {
  return `(${lastUsedAt} IS NULL OR ${lastUsedAt} < now() - interval '1 minute')`;
}

function isNotExpired(expiresAt: string): string {
  return `(${expiresAt} IS NULL OR ${expiresAt} > now())`;
}

/** A table of keys. */
export abstract class KeyRepository<K extends Key> extends DomainRepository<K> {
  /**
   * The property that says whose a key is.
   *
   * @internal
   */
  protected abstract readonly owner: keyof K & string;
  /**
   * The properties that a key takes over from the one whose place it takes, besides the owner.
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
   * One of the owner's keys, whatever its status.
   *
   * @internal
   */
  findOwn(ownerId: string, id: string): Promise<K | null> {
    return onPrimary(() => this.findOneBy({ [this.owner]: ownerId, id } as FindOptionsWhere<K>));
  }

  /**
   * The key with this hash, if it opens something now, and whether its use is to be written down. One query,
   * by the index of hashes.
   *
   * @internal
   */
  async findForUse(hash: string): Promise<{ key: K; isUseDue: boolean } | null> {
    const query = this.usable()
      .addSelect(isUseDue('key.lastUsedAt'), 'use_due')
      .andWhere('key.apiKeyHash = :hash', { hash });
    const { entities, raw } = await onPrimary(() =>
      query.getRawAndEntities<{ use_due: boolean }>(),
    );
    return entities[0] === undefined ? null : { key: entities[0], isUseDue: raw[0]!.use_due };
  }

  /**
   * Notes that a key is in use, unless somebody has done so within the last minute or is about to. In a
   * savepoint, so that a failure leaves the transaction around usable. Nobody waits: a row that is locked
   * is left alone.
   *
   * @internal
   */
  async noteUse(id: string): Promise<void> {
    const { table, primaryKey } = this;
    await this.manager.transaction((manager) =>
      manager.query(
        `UPDATE ${table} SET last_used_at = now() WHERE ${primaryKey} IN (
           SELECT ${primaryKey} FROM ${table}
           WHERE ${primaryKey} = $1 AND ${isUseDue('last_used_at')} FOR UPDATE SKIP LOCKED)`,
        [id],
      ),
    );
  }

  /**
   * Revokes an active key and makes another in its place; null when the key is not active. One statement:
   * either both happen, and to one caller alone, or neither.
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
   * Moves a key to another status, if it has one of those given; null when it does not.
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
      // As text: not every kind of keys has every status.
      .andWhere('status::text IN (:...from)')
      .setParameters({ ownerId, keyId, from });
    // What has run out can only be revoked.
    return this.write(isRevoked ? query : query.andWhere(isNotExpired('expires_at')));
  }

  /**
   * The keys that open something now, as `key`.
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

  /** The column that keeps when a key was revoked; empty where there is none. */
  private get revokedAt(): string {
    return this.metadata.findColumnWithPropertyName('revokedAt')?.databaseName ?? '';
  }

  private columnOf(property: keyof K & string): string {
    return this.metadata.findColumnWithPropertyName(property)!.databaseName;
  }
}
