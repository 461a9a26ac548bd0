import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { Customer } from '../../billing/entities/customer.entity.js';
import { violatedConstraint } from '../../common/constraint-violation.js';
import type { JsonObject } from '../../../engine/common/json.js';
import { isUuid } from '../../../engine/common/uuid.js';
import { onPrimary } from '../../../engine/connection/on-primary.js';
import { withDefaultActor } from '../../common/default-actor.js';
import { CustomerProfileNotFoundError, UserNotFoundError } from '../../identity/errors.js';
import { KeyLife } from '../../keys/services/key-life.js';
import type { IssuedKey, KeyUseOptions } from '../../keys/key.js';
import { apiKeyActor } from './api-key-actor.js';
import type { ApiKey } from '../entities/api-key.entity.js';
import {
  ApiKeyCustomerError,
  ApiKeyNotFoundError,
  ApiKeyRejectedError,
  ApiKeyTransitionError,
} from '../errors.js';
import { ApiKeyRepository } from '../repositories/api-key.repository.js';

export interface IssueApiKeyOptions {
  customerProfileId: string;
  /** The Stripe customer to bill for the key's use. It must belong to the same customer profile. */
  customerId?: string;
  createdByUserId?: string;
  description?: string;
  metadata?: JsonObject;
  /** In milliseconds. Left out, the key does not expire. */
  lifetime?: number;
  /** The key's prefix. Default: `sk`. */
  prefix?: string;
}

export interface RotateApiKeyOptions {
  /** In milliseconds. Default: the lifetime of the old key. */
  lifetime?: number;
  createdByUserId?: string;
  /** The new key's prefix. Default: `sk`. The old key's prefix is unknown, because only its hash is stored. */
  prefix?: string;
}

export type IssuedApiKey = IssuedKey<ApiKey>;

/** The API keys of customers' programs. */
@Injectable()
export class ApiKeyService {
  private readonly life: KeyLife<ApiKey>;

  constructor(
    private readonly keys: ApiKeyRepository,
    @InjectRepository(Customer) private readonly customers: Repository<Customer>,
  ) {
    this.life = new KeyLife<ApiKey>(keys, {
      prefix: 'sk',
      actor: apiKeyActor,
      rejected: () => new ApiKeyRejectedError(),
      notFound: (id) => new ApiKeyNotFoundError(id),
      refused: (from, to) => new ApiKeyTransitionError(from, to),
    });
  }

  /**
   * Creates a key.
   *
   * @throws CustomerProfileNotFoundError
   * @throws UserNotFoundError when the creating user does not exist
   * @throws ApiKeyCustomerError
   * @throws InvalidTextError
   * @throws InvalidLifetimeError
   * @throws InvalidKeyPrefixError
   */
  async issue({ lifetime, prefix, ...values }: IssueApiKeyOptions): Promise<IssuedApiKey> {
    const { customerProfileId, customerId, createdByUserId } = values;
    if (!isUuid(customerProfileId)) throw new CustomerProfileNotFoundError(customerProfileId);
    checkCreator(createdByUserId);
    await this.checkCustomer(customerProfileId, customerId);
    try {
      return await this.life.issue(values, { lifetime, prefix });
    } catch (error) {
      throw describeFailure(error, values);
    }
  }

  /**
   * Authenticates a key. Records its use in `last_used_at` at most once in 15 minutes, or as often as
   * `noteUseEvery` says; a failure to do so is only logged.
   *
   * @throws ApiKeyRejectedError
   * @throws InvalidLifetimeError for an interval that is not valid
   */
  authenticate(key: string, options: KeyUseOptions = {}): Promise<ApiKey> {
    return this.life.use(key, options);
  }

  /**
   * Revokes an active key and issues a replacement with its description, metadata and customer, in one
   * statement. When several callers rotate one key at the same time, one succeeds.
   *
   * @throws ApiKeyNotFoundError
   * @throws ApiKeyTransitionError
   * @throws UserNotFoundError when the creating user does not exist
   * @throws InvalidLifetimeError
   * @throws InvalidKeyPrefixError
   */
  async rotate(
    customerProfileId: string,
    apiKeyId: string,
    { lifetime, prefix, createdByUserId }: RotateApiKeyOptions = {},
  ): Promise<IssuedApiKey> {
    checkCreator(createdByUserId);
    const options = { lifetime, prefix };
    try {
      return await this.life.rotate(customerProfileId, apiKeyId, options, { createdByUserId });
    } catch (error) {
      throw describeFailure(error, { customerProfileId, createdByUserId });
    }
  }

  /**
   * Revokes a key permanently, whatever its status.
   *
   * @throws ApiKeyNotFoundError
   * @throws ApiKeyTransitionError when it is already revoked
   */
  revoke(customerProfileId: string, apiKeyId: string): Promise<ApiKey> {
    return this.life.revoke(customerProfileId, apiKeyId);
  }

  /**
   * Suspends an active key.
   *
   * @throws ApiKeyNotFoundError
   * @throws ApiKeyTransitionError
   */
  suspend(customerProfileId: string, apiKeyId: string): Promise<ApiKey> {
    return this.life.suspend(customerProfileId, apiKeyId);
  }

  /**
   * Reactivates a suspended key.
   *
   * @throws ApiKeyNotFoundError
   * @throws ApiKeyTransitionError also when the key has expired in the meantime
   */
  reactivate(customerProfileId: string, apiKeyId: string): Promise<ApiKey> {
    return this.life.reactivate(customerProfileId, apiKeyId);
  }

  /**
   * Sets the status of keys past their expiry to expired, and returns their number. For a scheduled job.
   * Such keys grant no access in any case; only readers of the status need this.
   */
  async expireOverdue(): Promise<number> {
    return withDefaultActor({ name: 'expire API keys' }, () => this.keys.expireOverdue());
  }

  /** Otherwise another customer would be billed for the key's use. */
  private async checkCustomer(customerProfileId: string, id: string | undefined): Promise<void> {
    if (id === undefined) return;
    const isOwn =
      isUuid(id) && (await onPrimary(() => this.customers.existsBy({ id, customerProfileId })));
    if (!isOwn) throw new ApiKeyCustomerError(id);
  }
}

function checkCreator(userId: string | undefined): void {
  if (userId !== undefined && !isUuid(userId)) throw new UserNotFoundError(userId);
}

function describeFailure(
  error: unknown,
  { customerProfileId, customerId, createdByUserId }: Partial<IssueApiKeyOptions>,
): unknown {
  switch (violatedConstraint(error)) {
    case 'api_keys_customer_profiles_id_fkey':
      return new CustomerProfileNotFoundError(customerProfileId ?? '');
    case 'api_keys_customers_id_fkey':
      return new ApiKeyCustomerError(customerId ?? '');
    case 'api_keys_created_by_users_id_fkey':
      return new UserNotFoundError(createdByUserId ?? '');
    default:
      return error;
  }
}
