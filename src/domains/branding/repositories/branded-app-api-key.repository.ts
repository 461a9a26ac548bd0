import { Repository } from 'typeorm';
import { entityFromRow } from '../../common/entity-from-row.js';
import { onPrimary } from '../../../engine/connection/on-primary.js';
import { isUseDue } from '../../organizations/key-use.js';
import { BrandedAppApiKey } from '../entities/branded-app-api-key.entity.js';
import { BrandingStatus } from '../entities/branding-status.enum.js';

export interface BrandedAppKeyRotation {
  readonly brandedAppId: string;
  readonly keyId: string;
  /** The hash of the new key. */
  readonly apiKeyHash: string;
  /** In milliseconds; null gives the new key as long as the old one had. */
  readonly lifetime: number | null;
}

/** One statement: either both happen, and to one caller alone, or neither. */
const rotate = `
  WITH old AS (
    UPDATE branded_app_api_keys SET status = 'revoked'
    WHERE branded_apps_id = $1 AND branded_app_api_keys_id = $2 AND status = 'active'
      AND (expires_at IS NULL OR expires_at > now())
    RETURNING *
  )
  INSERT INTO branded_app_api_keys (branded_apps_id, description, api_key_hash, expires_at)
  SELECT branded_apps_id, description, $3,
    now() + coalesce($4::float8 * interval '1 millisecond', expires_at - created_at)
  FROM old
  RETURNING *`;

const notExpired = '(expires_at IS NULL OR expires_at > now())';

export class BrandedAppApiKeyRepository extends Repository<BrandedAppApiKey> {
  /**
   * The active key with this hash, with its app, which must be active, and whether its use is to be
   * written down. One query; uses `branded_app_api_keys_api_key_hash_idx`.
   */
  async findForUse(hash: string): Promise<{ key: BrandedAppApiKey; isUseDue: boolean } | null> {
    const query = this.createQueryBuilder('key')
      .innerJoinAndSelect('key.brandedApp', 'app', 'app.status = :status')
      .addSelect(isUseDue('key.lastUsedAt'), 'use_due')
      .where('key.apiKeyHash = :hash', { hash })
      .andWhere('key.status = :status', { status: BrandingStatus.Active })
      .andWhere('(key.expiresAt IS NULL OR key.expiresAt > now())');
    const { entities, raw } = await onPrimary(() =>
      query.getRawAndEntities<{ use_due: boolean }>(),
    );
    return entities[0] === undefined ? null : { key: entities[0], isUseDue: raw[0]!.use_due };
  }

  /** Revokes an active key and makes another in its place; null when the key is not active. */
  async rotate(rotation: BrandedAppKeyRotation): Promise<BrandedAppApiKey | null> {
    const [row] = await this.query<Record<string, unknown>[]>(rotate, [
      rotation.brandedAppId,
      rotation.keyId,
      rotation.apiKeyHash,
      rotation.lifetime,
    ]);
    return row === undefined ? null : entityFromRow(this, row);
  }

  /** Moves an app's key to another status, if it has one of those given; null when it does not. */
  async transition(
    brandedAppId: string,
    keyId: string,
    from: readonly BrandingStatus[],
    to: BrandingStatus,
  ): Promise<BrandedAppApiKey | null> {
    const { raw } = await this.createQueryBuilder()
      .update()
      .set({ status: to })
      .where('branded_apps_id = :brandedAppId AND branded_app_api_keys_id = :keyId')
      .andWhere('status IN (:...from)')
      // What has run out can only be revoked.
      .andWhere(to === BrandingStatus.Revoked ? 'true' : notExpired)
      .setParameters({ brandedAppId, keyId, from })
      .returning('*')
      .updateEntity(false)
      .execute();
    const [row] = raw as Record<string, unknown>[];
    return row === undefined ? null : entityFromRow(this, row);
  }
}
