import { isUuid } from '../../../engine/common/uuid.js';
import { KeyRepository } from '../../keys/repositories/key.repository.js';
import { ApiKeyStatus } from '../entities/api-key-status.enum.js';
import type { ApiKey } from '../entities/api-key.entity.js';

export class ApiKeyRepository extends KeyRepository<ApiKey> {
  /** @internal */
  protected readonly owner = 'customerProfileId';
  /** @internal */
  protected readonly takenOver = [
    'customerId',
    'createdByUserId',
    'description',
    'metadata',
  ] as const;

  /** The customer's keys of every status, the latest first. Uses `idx_api_keys_customer_profile`. */
  async findByCustomer(customerProfileId: string): Promise<ApiKey[]> {
    if (!isUuid(customerProfileId)) return [];
    return this.find({ where: { customerProfileId }, order: { createdAt: 'DESC', id: 'DESC' } });
  }

  /**
   * Sets the status of keys past their expiry to expired, and returns their number. Uses
   * `idx_api_keys_expires`.
   *
   * @internal
   */
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
