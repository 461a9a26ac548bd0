import { Repository } from 'typeorm';
import { entityFromRow } from '../../common/entity-from-row.js';
import { isUuid } from '../../../engine/common/uuid.js';
import { onPrimary } from '../../../engine/connection/on-primary.js';
import { ApiKeyStatus } from '../entities/api-key-status.enum.js';
import { ApiKey } from '../entities/api-key.entity.js';
import { isUseDue } from '../key-use.js';

export interface ApiKeyRotation {
  readonly customerProfileId: string;
  readonly apiKeyId: string;
  /** The hash of the new key. */
  readonly apiKeyHash: string;
  /** In milliseconds; null gives the new key as long as the old one had. */
  readonly lifetime: number | null;
  /** Null keeps the old key's. */
  readonly createdByUserId: string | null;
}

/** One statement: either both happen, and to one caller alone, or neither. */
const rotate = `
  WITH old AS (
    UPDATE api_keys SET status = 'revoked', revoked_at = now()
    WHERE customer_profiles_id = $1 AND api_keys_id = $2 AND status = 'active'
      AND (expires_at IS NULL OR expires_at > now())
    RETURNING *
  )
  INSERT INTO api_keys (customer_profiles_id, customers_id, created_by_users_id, description,
    metadata, api_key_hash, expires_at)
  SELECT customer_profiles_id, customers_id, coalesce($5, created_by_users_id), description,
    metadata, $3,
    now() + coalesce($4::float8 * interval '1 millisecond', expires_at - created_at)
  FROM old
  RETURNING *`;

const notExpired = '(expires_at IS NULL OR expires_at > now())';

export class ApiKeyRepository extends Repository<ApiKey> {
  /** The customer's keys, whatever their status, the latest first; uses `idx_api_keys_customer_profile`. */
  async findByCustomer(customerProfileId: string): Promise<ApiKey[]> {
    if (!isUuid(customerProfileId)) return [];
    return this.find({ where: { customerProfileId }, order: { createdAt: 'DESC', id: 'DESC' } });
  }

  /**
   * The key with this hash, if it is active and has not expired, and whether its use is to be written
   * down. One query, by the unique index of hashes.
   */
  async findForUse(hash: string): Promise<{ key: ApiKey; isUseDue: boolean } | null> {
    const query = this.createQueryBuilder('key')
      .addSelect(isUseDue('key.lastUsedAt'), 'use_due')
      .where('key.apiKeyHash = :hash', { hash })
      .andWhere('key.status = :status', { status: ApiKeyStatus.Active })
      .andWhere('(key.expiresAt IS NULL OR key.expiresAt > now())');
    const { entities, raw } = await onPrimary(() =>
      query.getRawAndEntities<{ use_due: boolean }>(),
    );
    return entities[0] === undefined ? null : { key: entities[0], isUseDue: raw[0]!.use_due };
  }

  /** Revokes an active key and makes another in its place; null when the key is not active. */
  async rotate(rotation: ApiKeyRotation): Promise<ApiKey | null> {
    const [row] = await this.query<Record<string, unknown>[]>(rotate, [
      rotation.customerProfileId,
      rotation.apiKeyId,
      rotation.apiKeyHash,
      rotation.lifetime,
      rotation.createdByUserId,
    ]);
    return row === undefined ? null : entityFromRow(this, row);
  }

  /** Moves a customer's key to another status, if it has one of those given; null when it does not. */
  async transition(
    customerProfileId: string,
    apiKeyId: string,
    from: readonly ApiKeyStatus[],
    to: ApiKeyStatus,
  ): Promise<ApiKey | null> {
    const { raw } = await this.createQueryBuilder()
      .update()
      .set({
        status: to,
        ...(to === ApiKeyStatus.Revoked ? { revokedAt: () => 'now()' } : {}),
      })
      .where('customer_profiles_id = :customerProfileId AND api_keys_id = :apiKeyId')
      .andWhere('status IN (:...from)')
      // What has run out can only be revoked.
      .andWhere(to === ApiKeyStatus.Revoked ? 'true' : notExpired)
      .setParameters({ customerProfileId, apiKeyId, from })
      .returning('*')
      .updateEntity(false)
      .execute();
    const [row] = raw as Record<string, unknown>[];
    return row === undefined ? null : entityFromRow(this, row);
  }

  /** Marks keys whose time ran out as expired, and says how many; uses `idx_api_keys_expires`. */
  async expireOverdue(): Promise<number> {
    const { affected } = await this.createQueryBuilder()
      .update()
      .set({ status: ApiKeyStatus.Expired })
      .where('expires_at <= now() AND status IN (:...open)', {
        open: [ApiKeyStatus.Active, ApiKeyStatus.Suspended],
      })
      .execute();
    return affected ?? 0;
  }
}
