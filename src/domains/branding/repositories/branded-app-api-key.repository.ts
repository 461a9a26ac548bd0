import type { SelectQueryBuilder } from 'typeorm';
import { KeyRepository } from '../../keys/repositories/key.repository.js';
import type { BrandedAppApiKey } from '../entities/branded-app-api-key.entity.js';

export class BrandedAppApiKeyRepository extends KeyRepository<BrandedAppApiKey> {
  /** @internal */
  protected readonly owner = 'brandedAppId';
  /** @internal */
  protected readonly takenOver = ['description'] as const;

  /**
   * Joins the keys' apps, which must be active too.
   *
   * @internal
   */
  protected override usable(): SelectQueryBuilder<BrandedAppApiKey> {
    return super.usable().innerJoinAndSelect('key.brandedApp', 'app', `app.status = 'active'`);
  }
}
