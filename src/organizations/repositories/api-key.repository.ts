import { Raw, Repository } from 'typeorm';
import { ApiKeyStatus } from '../entities/api-key-status.enum.js';
import { ApiKey } from '../entities/api-key.entity.js';

export class ApiKeyRepository extends Repository<ApiKey> {
  /** The key with this hash, if it is active and has not expired. */
  findActiveByHash(hash: string): Promise<ApiKey | null> {
    return this.findOneBy({
      apiKeyHash: hash,
      status: ApiKeyStatus.Active,
      expiresAt: Raw((column) => `(${column} IS NULL OR ${column} > now())`),
    });
  }
}
