import { Injectable } from '@nestjs/common';
import { checkTexts } from '../../../engine/common/check-texts.js';
import { violatedConstraint } from '../../common/constraint-violation.js';
import { entityFromRow } from '../../common/entity-from-row.js';
import { fromNow } from '../../common/from-now.js';
import { createKey, hashSecret } from '../../common/secret.js';
import { isUuid } from '../../../engine/common/uuid.js';
import { onPrimary } from '../../../engine/connection/on-primary.js';
import { checkKeyPrefix } from '../../organizations/key-prefix.js';
import { recordUse } from '../../organizations/key-use.js';
import { brandedAppKeyActor } from '../branded-app-key-actor.js';
import type { BrandedAppApiKey } from '../entities/branded-app-api-key.entity.js';
import { BrandingStatus as Status } from '../entities/branding-status.enum.js';
import {
  BrandedAppKeyNotFoundError,
  BrandedAppKeyRejectedError,
  BrandedAppKeyTransitionError,
  BrandedAppNotFoundError,
} from '../errors.js';
import { BrandedAppApiKeyRepository } from '../repositories/branded-app-api-key.repository.js';

export interface BrandedAppKeyOptions {
  /**
   * In milliseconds. Left out, a key that is issued does not expire, and one that replaces another lasts
   * as long as that was to.
   */
  lifetime?: number;
  /**
   * What the key begins with. Default: `app`, also for one that replaces another: of that only the hash is
   * kept.
   */
  prefix?: string;
}

export interface IssueBrandedAppKeyOptions extends BrandedAppKeyOptions {
  brandedAppId: string;
  description?: string;
}

export interface IssuedBrandedAppKey {
  /** The key, `prefix_secret`. It is shown this once: only its hash is stored. */
  readonly key: string;
  readonly apiKey: BrandedAppApiKey;
}

/** The keys with which white-label apps call the API. */
@Injectable()
export class BrandedAppApiKeyService {
  constructor(private readonly keys: BrandedAppApiKeyRepository) {}

  /**
   * Makes a key.
   *
   * @throws BrandedAppNotFoundError
   * @throws InvalidTextError
   * @throws InvalidLifetimeError
   * @throws InvalidKeyPrefixError
   */
  async issue(options: IssueBrandedAppKeyOptions): Promise<IssuedBrandedAppKey> {
    const { brandedAppId, description, lifetime, prefix = 'app' } = options;
    const key = createKey(checkKeyPrefix(prefix));
    const expiresAt = lifetime === undefined ? null : fromNow(lifetime);
    checkTexts({ description });
    if (!isUuid(brandedAppId)) throw new BrandedAppNotFoundError(brandedAppId);
    try {
      const { raw } = await this.keys
        .createQueryBuilder()
        .insert()
        .values({ brandedAppId, description, expiresAt, apiKeyHash: hashSecret(key) })
        .returning('*')
        .updateEntity(false)
        .execute();
      return { key, apiKey: entityFromRow(this.keys, raw[0]) };
    } catch (error) {
      if (violatedConstraint(error) === 'branded_app_api_keys_branded_apps_id_fkey') {
        throw new BrandedAppNotFoundError(brandedAppId);
      }
      throw error;
    }
  }

  /**
   * The active key that was sent, with its app, which is active too. Notes its use in `last_used_at` at
   * most once a minute; a failure to do so is logged and does no harm.
   *
   * @throws BrandedAppKeyRejectedError
   */
  async authenticate(key: string): Promise<BrandedAppApiKey> {
    const found = await this.keys.findForUse(hashSecret(key));
    if (found === null) throw new BrandedAppKeyRejectedError();
    const { key: apiKey, isUseDue } = found;
    if (isUseDue) {
      await recordUse(this.keys, 'branded_app_api_keys', apiKey.id, brandedAppKeyActor(apiKey));
    }
    return apiKey;
  }

  /**
   * Revokes an active key and issues another with its description, at once. Of several that rotate one
   * key at the same time one succeeds.
   *
   * @throws BrandedAppKeyNotFoundError
   * @throws BrandedAppKeyTransitionError
   * @throws InvalidLifetimeError
   * @throws InvalidKeyPrefixError
   */
  async rotate(
    brandedAppId: string,
    keyId: string,
    { lifetime, prefix = 'app' }: BrandedAppKeyOptions = {},
  ): Promise<IssuedBrandedAppKey> {
    const key = createKey(checkKeyPrefix(prefix));
    if (lifetime !== undefined) fromNow(lifetime);
    assertIds(brandedAppId, keyId);
    const apiKey = await this.keys.rotate({
      brandedAppId,
      keyId,
      apiKeyHash: hashSecret(key),
      lifetime: lifetime ?? null,
    });
    if (apiKey === null) throw await this.whyNot(brandedAppId, keyId, 'rotated');
    return { key, apiKey };
  }

  /**
   * Withdraws a key for good.
   *
   * @throws BrandedAppKeyNotFoundError
   * @throws BrandedAppKeyTransitionError when it is revoked already
   */
  revoke(brandedAppId: string, keyId: string): Promise<BrandedAppApiKey> {
    return this.transition(brandedAppId, keyId, [Status.Active, Status.Suspended], Status.Revoked);
  }

  /**
   * Withdraws an active key for a while.
   *
   * @throws BrandedAppKeyNotFoundError
   * @throws BrandedAppKeyTransitionError
   */
  suspend(brandedAppId: string, keyId: string): Promise<BrandedAppApiKey> {
    return this.transition(brandedAppId, keyId, [Status.Active], Status.Suspended);
  }

  /**
   * Makes a suspended key active again.
   *
   * @throws BrandedAppKeyNotFoundError
   * @throws BrandedAppKeyTransitionError also when its time ran out meanwhile
   */
  reactivate(brandedAppId: string, keyId: string): Promise<BrandedAppApiKey> {
    return this.transition(brandedAppId, keyId, [Status.Suspended], Status.Active);
  }

  private async transition(
    brandedAppId: string,
    keyId: string,
    from: Status[],
    to: Status,
  ): Promise<BrandedAppApiKey> {
    assertIds(brandedAppId, keyId);
    const moved = await this.keys.transition(brandedAppId, keyId, from, to);
    if (moved === null) throw await this.whyNot(brandedAppId, keyId, to);
    return moved;
  }

  private async whyNot(brandedAppId: string, id: string, to: Status | 'rotated'): Promise<Error> {
    const key = await onPrimary(() => this.keys.findOneBy({ brandedAppId, id }));
    if (key === null) return new BrandedAppKeyNotFoundError(id);
    const isOverdue =
      key.status !== Status.Revoked && key.expiresAt !== null && key.expiresAt <= new Date();
    return new BrandedAppKeyTransitionError(isOverdue ? 'expired' : key.status, to);
  }
}

function assertIds(brandedAppId: string, keyId: string): void {
  if (!isUuid(brandedAppId) || !isUuid(keyId)) throw new BrandedAppKeyNotFoundError(keyId);
}
