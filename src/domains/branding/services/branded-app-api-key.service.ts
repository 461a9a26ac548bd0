import { Injectable } from '@nestjs/common';
import { violatedConstraint } from '../../common/constraint-violation.js';
import { isUuid } from '../../../engine/common/uuid.js';
import { KeyLife } from '../../keys/services/key-life.js';
import type { IssuedKey } from '../../keys/key.js';
import { brandedAppKeyActor } from './branded-app-key-actor.js';
import type { BrandedAppApiKey } from '../entities/branded-app-api-key.entity.js';
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

export type IssuedBrandedAppKey = IssuedKey<BrandedAppApiKey>;

/** The keys with which white-label apps call the API. */
@Injectable()
export class BrandedAppApiKeyService {
  private readonly life: KeyLife<BrandedAppApiKey>;

  constructor(keys: BrandedAppApiKeyRepository) {
    this.life = new KeyLife<BrandedAppApiKey>(keys, {
      prefix: 'app',
      actor: brandedAppKeyActor,
      rejected: () => new BrandedAppKeyRejectedError(),
      notFound: (id) => new BrandedAppKeyNotFoundError(id),
      refused: (from, to) => new BrandedAppKeyTransitionError(from, to),
    });
  }

  /**
   * Makes a key.
   *
   * @throws BrandedAppNotFoundError
   * @throws InvalidTextError
   * @throws InvalidLifetimeError
   * @throws InvalidKeyPrefixError
   */
  async issue(options: IssueBrandedAppKeyOptions): Promise<IssuedBrandedAppKey> {
    const { brandedAppId, description, lifetime, prefix } = options;
    if (!isUuid(brandedAppId)) throw new BrandedAppNotFoundError(brandedAppId);
    try {
      return await this.life.issue({ brandedAppId, description }, { lifetime, prefix });
    } catch (error) {
      throw violatedConstraint(error) === 'branded_app_api_keys_branded_apps_id_fkey'
        ? new BrandedAppNotFoundError(brandedAppId)
        : error;
    }
  }

  /**
   * The active key that was sent, with its app, which is active too. Notes its use in `last_used_at` at
   * most once a minute; a failure to do so is logged and does no harm.
   *
   * @throws BrandedAppKeyRejectedError
   */
  authenticate(key: string): Promise<BrandedAppApiKey> {
    return this.life.use(key);
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
  rotate(
    brandedAppId: string,
    keyId: string,
    options: BrandedAppKeyOptions = {},
  ): Promise<IssuedBrandedAppKey> {
    return this.life.rotate(brandedAppId, keyId, options);
  }

  /**
   * Withdraws a key for good.
   *
   * @throws BrandedAppKeyNotFoundError
   * @throws BrandedAppKeyTransitionError when it is revoked already
   */
  revoke(brandedAppId: string, keyId: string): Promise<BrandedAppApiKey> {
    return this.life.revoke(brandedAppId, keyId);
  }

  /**
   * Withdraws an active key for a while.
   *
   * @throws BrandedAppKeyNotFoundError
   * @throws BrandedAppKeyTransitionError
   */
  suspend(brandedAppId: string, keyId: string): Promise<BrandedAppApiKey> {
    return this.life.suspend(brandedAppId, keyId);
  }

  /**
   * Makes a suspended key active again.
   *
   * @throws BrandedAppKeyNotFoundError
   * @throws BrandedAppKeyTransitionError also when its time ran out meanwhile
   */
  reactivate(brandedAppId: string, keyId: string): Promise<BrandedAppApiKey> {
    return this.life.reactivate(brandedAppId, keyId);
  }
}
