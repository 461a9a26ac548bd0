import { Injectable } from '@nestjs/common';
import { violatedConstraint } from '../../common/constraint-violation.js';
import { isUuid } from '../../../engine/common/uuid.js';
import { KeyLife } from '../../keys/services/key-life.js';
import type { IssuedKey, KeyUseOptions } from '../../keys/key.js';
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
   * In milliseconds. By default a new key does not expire, and a replacement has the lifetime of the old
   * key.
   */
  lifetime?: number;
  /**
   * The key's prefix. Default: `app`, for a replacement too: the old key's prefix is unknown, because only
   * its hash is stored.
   */
  prefix?: string;
}

export interface IssueBrandedAppKeyOptions extends BrandedAppKeyOptions {
  brandedAppId: string;
  description?: string;
}

export type IssuedBrandedAppKey = IssuedKey<BrandedAppApiKey>;

/** The API keys of white-label apps. */
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
   * Creates a key.
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
   * Authenticates a key and returns it with its app; both must be active. Records the key's use in
   * `last_used_at` at most once in 15 minutes, or as often as `noteUseEvery` says; a failure to do so is only
   * logged.
   *
   * @throws BrandedAppKeyRejectedError
   * @throws InvalidLifetimeError for an interval that is not valid
   */
  authenticate(key: string, options: KeyUseOptions = {}): Promise<BrandedAppApiKey> {
    return this.life.use(key, options);
  }

  /**
   * Revokes an active key and issues a replacement with its description, in one statement. When several
   * callers rotate one key at the same time, one succeeds.
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
   * Revokes a key permanently.
   *
   * @throws BrandedAppKeyNotFoundError
   * @throws BrandedAppKeyTransitionError when it is already revoked
   */
  revoke(brandedAppId: string, keyId: string): Promise<BrandedAppApiKey> {
    return this.life.revoke(brandedAppId, keyId);
  }

  /**
   * Suspends an active key.
   *
   * @throws BrandedAppKeyNotFoundError
   * @throws BrandedAppKeyTransitionError
   */
  suspend(brandedAppId: string, keyId: string): Promise<BrandedAppApiKey> {
    return this.life.suspend(brandedAppId, keyId);
  }

  /**
   * Reactivates a suspended key.
   *
   * @throws BrandedAppKeyNotFoundError
   * @throws BrandedAppKeyTransitionError also when the key has expired in the meantime
   */
  reactivate(brandedAppId: string, keyId: string): Promise<BrandedAppApiKey> {
    return this.life.reactivate(brandedAppId, keyId);
  }
}
