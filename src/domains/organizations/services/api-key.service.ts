import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { Customer } from '../../billing/entities/customer.entity.js';
import { checkTexts } from '../../../engine/common/check-texts.js';
import { violatedConstraint } from '../../common/constraint-violation.js';
import { entityFromRow } from '../../common/entity-from-row.js';
import { fromNow } from '../../common/from-now.js';
import type { JsonObject } from '../../../engine/common/json.js';
import { createKey, hashSecret } from '../../common/secret.js';
import { isUuid } from '../../../engine/common/uuid.js';
import { onPrimary } from '../../../engine/connection/on-primary.js';
import { withDefaultActor } from '../../identity/default-actor.js';
import { CustomerProfileNotFoundError, UserNotFoundError } from '../../identity/errors.js';
import { apiKeyActor } from '../api-key-actor.js';
import { ApiKeyStatus as Status } from '../entities/api-key-status.enum.js';
import type { ApiKey } from '../entities/api-key.entity.js';
import {
  ApiKeyCustomerError,
  ApiKeyNotFoundError,
  ApiKeyRejectedError,
  ApiKeyTransitionError,
} from '../errors.js';
import { checkKeyPrefix } from '../key-prefix.js';
import { recordUse } from '../key-use.js';
import { ApiKeyRepository } from '../repositories/api-key.repository.js';

export interface IssueApiKeyOptions {
  customerProfileId: string;
  /** The Stripe customer that the key's use is billed to: one of the same customer profile. */
  customerId?: string;
  createdByUserId?: string;
  description?: string;
  metadata?: JsonObject;
  /** In milliseconds. Left out, the key does not expire. */
  lifetime?: number;
  /** What the key begins with. Default: `sk`. */
  prefix?: string;
}

export interface RotateApiKeyOptions {
  /** In milliseconds. Left out, the new key lasts as long as the old one was to. */
  lifetime?: number;
  createdByUserId?: string;
  /**
   * What the new key begins with. Default: `sk`, whatever the old one began with: of that only the hash is
   * kept.
   */
  prefix?: string;
}

export interface IssuedApiKey {
  /** The key, `prefix_secret`. It is shown this once: only its hash is stored. */
  readonly key: string;
  readonly apiKey: ApiKey;
}

/** The keys with which customers' programs call the API. */
@Injectable()
export class ApiKeyService {
  constructor(
    private readonly keys: ApiKeyRepository,
    @InjectRepository(Customer) private readonly customers: Repository<Customer>,
  ) {}

  /**
   * Makes a key.
   *
   * @throws CustomerProfileNotFoundError
   * @throws UserNotFoundError when the creating user does not exist
   * @throws ApiKeyCustomerError
   * @throws InvalidTextError
   * @throws InvalidLifetimeError
   * @throws InvalidKeyPrefixError
   */
  async issue(options: IssueApiKeyOptions): Promise<IssuedApiKey> {
    const { lifetime, prefix = 'sk', customerProfileId, createdByUserId, ...rest } = options;
    const key = createKey(checkKeyPrefix(prefix));
    const expiresAt = lifetime === undefined ? null : fromNow(lifetime);
    checkTexts(rest);
    if (!isUuid(customerProfileId)) throw new CustomerProfileNotFoundError(customerProfileId);
    if (createdByUserId !== undefined && !isUuid(createdByUserId)) {
      throw new UserNotFoundError(createdByUserId);
    }
    await this.checkCustomer(customerProfileId, rest.customerId);
    const values = { ...rest, customerProfileId, createdByUserId, expiresAt };
    try {
      const { raw } = await this.keys
        .createQueryBuilder()
        .insert()
        .values({ ...values, apiKeyHash: hashSecret(key) })
        .returning('*')
        .updateEntity(false)
        .execute();
      return { key, apiKey: entityFromRow(this.keys, raw[0]) };
    } catch (error) {
      throw describeIssueFailure(error, options);
    }
  }

  /**
   * The active key that was sent. Notes its use in `last_used_at` at most once a minute; a failure to do
   * so is logged and does no harm.
   *
   * @throws ApiKeyRejectedError
   */
  async authenticate(key: string): Promise<ApiKey> {
    const found = await this.keys.findForUse(hashSecret(key));
    if (found === null) throw new ApiKeyRejectedError();
    if (found.isUseDue) {
      await recordUse(this.keys, 'api_keys', found.key.id, apiKeyActor(found.key));
    }
    return found.key;
  }

  /**
   * Revokes an active key and issues another with its description, metadata and customer, at once. Of
   * several that rotate one key at the same time one succeeds.
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
    { lifetime, createdByUserId, prefix = 'sk' }: RotateApiKeyOptions = {},
  ): Promise<IssuedApiKey> {
    const key = createKey(checkKeyPrefix(prefix));
    if (lifetime !== undefined) fromNow(lifetime);
    assertIds(customerProfileId, apiKeyId);
    if (createdByUserId !== undefined && !isUuid(createdByUserId)) {
      throw new UserNotFoundError(createdByUserId);
    }
    try {
      const apiKey = await this.keys.rotate({
        customerProfileId,
        apiKeyId,
        apiKeyHash: hashSecret(key),
        lifetime: lifetime ?? null,
        createdByUserId: createdByUserId ?? null,
      });
      if (apiKey === null) throw await this.whyNot(customerProfileId, apiKeyId, 'rotated');
      return { key, apiKey };
    } catch (error) {
      throw describeIssueFailure(error, { customerProfileId, createdByUserId });
    }
  }

  /**
   * Withdraws a key for good, whatever else its status is.
   *
   * @throws ApiKeyNotFoundError
   * @throws ApiKeyTransitionError when it is revoked already
   */
  revoke(customerProfileId: string, apiKeyId: string): Promise<ApiKey> {
    const from = [Status.Active, Status.Suspended, Status.Expired];
    return this.transition(customerProfileId, apiKeyId, from, Status.Revoked);
  }

  /**
   * Withdraws an active key for a while.
   *
   * @throws ApiKeyNotFoundError
   * @throws ApiKeyTransitionError
   */
  suspend(customerProfileId: string, apiKeyId: string): Promise<ApiKey> {
    return this.transition(customerProfileId, apiKeyId, [Status.Active], Status.Suspended);
  }

  /**
   * Makes a suspended key active again.
   *
   * @throws ApiKeyNotFoundError
   * @throws ApiKeyTransitionError also when its time ran out meanwhile
   */
  reactivate(customerProfileId: string, apiKeyId: string): Promise<ApiKey> {
    return this.transition(customerProfileId, apiKeyId, [Status.Suspended], Status.Active);
  }

  /**
   * Marks keys whose time ran out as expired, and says how many. For a job, and for those who read the
   * status: such a key opens nothing anyway.
   */
  async expireOverdue(): Promise<number> {
    return withDefaultActor({ name: 'expire API keys' }, () => this.keys.expireOverdue());
  }

  /** A key that is billed to somebody else's customer would be paid for by them. */
  private async checkCustomer(customerProfileId: string, id: string | undefined): Promise<void> {
    if (id === undefined) return;
    const isOwn =
      isUuid(id) && (await onPrimary(() => this.customers.existsBy({ id, customerProfileId })));
    if (!isOwn) throw new ApiKeyCustomerError(id);
  }

  private async transition(
    customerProfileId: string,
    apiKeyId: string,
    from: Status[],
    to: Status,
  ): Promise<ApiKey> {
    assertIds(customerProfileId, apiKeyId);
    const moved = await this.keys.transition(customerProfileId, apiKeyId, from, to);
    if (moved === null) throw await this.whyNot(customerProfileId, apiKeyId, to);
    return moved;
  }

  private async whyNot(
    customerProfileId: string,
    id: string,
    to: Status | 'rotated',
  ): Promise<Error> {
    const key = await onPrimary(() => this.keys.findOneBy({ customerProfileId, id }));
    if (key === null) return new ApiKeyNotFoundError(id);
    const isOverdue =
      key.status !== Status.Revoked && key.expiresAt !== null && key.expiresAt <= new Date();
    return new ApiKeyTransitionError(isOverdue ? Status.Expired : key.status, to);
  }
}

function assertIds(customerProfileId: string, apiKeyId: string): void {
  if (!isUuid(customerProfileId) || !isUuid(apiKeyId)) throw new ApiKeyNotFoundError(apiKeyId);
}

function describeIssueFailure(
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
