import { RequestLogger } from '../../../engine/actor/request.logger.js';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity.js';
import type { NamedActor } from '../../../engine/actor/actor.js';
import { checkTexts } from '../../../engine/common/check-texts.js';
import { isUuid } from '../../../engine/common/uuid.js';
import { fromNow } from '../../common/from-now.js';
import { hashSecret } from '../../common/secret.js';
import { withDefaultActor } from '../../common/default-actor.js';
import { createKey } from './key-text.js';
import type { IssuedKey, Key, KeyOptions, KeyStatus, KeyUseOptions } from '../key.js';
import type { KeyRepository } from '../repositories/key.repository.js';

/** A kind of keys: its prefix, its actor, and its errors. */
export interface KeyKind<K extends Key> {
  readonly prefix: string;
  /** The actor of writes that are made with the key: the key and its owner. */
  actor(key: K): NamedActor;
  /** The error for a key that grants no access. */
  rejected(): Error;
  /** The error for an owner who has no key with this id. */
  notFound(keyId: string): Error;
  /** The error for a status that does not allow the transition. A key past its expiry counts as expired. */
  refused(from: KeyStatus, to: KeyStatus | 'rotated'): Error;
}

const log = new RequestLogger('ApiKeys');

const fifteenMinutes = 15 * 60 * 1000;

/** The life cycle of the keys of one kind. The errors are those of the kind. */
export class KeyLife<K extends Key> {
  constructor(
    private readonly keys: KeyRepository<K>,
    private readonly kind: KeyKind<K>,
  ) {}

  /**
   * Creates a key with the given values.
   *
   * @throws InvalidKeyPrefixError
   * @throws InvalidLifetimeError
   * @throws InvalidTextError
   */
  async issue(
    values: QueryDeepPartialEntity<K>,
    { lifetime, prefix = this.kind.prefix }: KeyOptions,
  ): Promise<IssuedKey<K>> {
    const key = createKey(prefix);
    const expiresAt = lifetime === undefined ? null : fromNow(lifetime);
    checkTexts(values);
    const apiKey = await this.keys.issue({ ...values, expiresAt, apiKeyHash: hashSecret(key) });
    return { key, apiKey };
  }

  /**
   * Authenticates a key and records its use.
   *
   * @throws InvalidLifetimeError for an interval that is not valid
   * @throws the kind's error for a key that grants no access
   */
  async use(key: string, { noteUseEvery = fifteenMinutes }: KeyUseOptions): Promise<K> {
    const found = await this.keys.findForUse(hashSecret(key), noteUseEvery);
    if (found === null) throw this.kind.rejected();
    if (found.isUseDue) await this.noteUse(found.key, noteUseEvery);
    return found.key;
  }

  /**
   * Revokes an active key and creates its replacement, in one statement.
   *
   * @throws InvalidKeyPrefixError
   * @throws InvalidLifetimeError
   * @throws the kind's errors for a key that does not exist or is not active
   */
  async rotate(
    ownerId: string,
    keyId: string,
    { lifetime, prefix = this.kind.prefix }: KeyOptions,
    changes?: Partial<K>,
  ): Promise<IssuedKey<K>> {
    const key = createKey(prefix);
    if (lifetime !== undefined) fromNow(lifetime);
    this.checkIds(ownerId, keyId);
    const apiKey = await this.keys.rotate({
      ownerId,
      keyId,
      apiKeyHash: hashSecret(key),
      lifetime: lifetime ?? null,
      changes,
    });
    if (apiKey === null) throw await this.whyNot(ownerId, keyId, 'rotated');
    return { key, apiKey };
  }

  /** Revokes a key permanently, whatever its status. */
  revoke(ownerId: string, keyId: string): Promise<K> {
    return this.transition(ownerId, keyId, ['active', 'suspended', 'expired'], 'revoked');
  }

  /** Suspends an active key. */
  suspend(ownerId: string, keyId: string): Promise<K> {
    return this.transition(ownerId, keyId, ['active'], 'suspended');
  }

  /** Reactivates a suspended key. */
  reactivate(ownerId: string, keyId: string): Promise<K> {
    return this.transition(ownerId, keyId, ['suspended'], 'active');
  }

  /** Never throws: the key is valid even when its use cannot be recorded. */
  private async noteUse(key: K, noteUseEvery: number): Promise<void> {
    try {
      await withDefaultActor(this.kind.actor(key), () => this.keys.noteUse(key.id, noteUseEvery));
    } catch (error) {
      log.warn(`The use of the key ${key.id} was not recorded: ${(error as Error).message}`);
    }
  }

  private async transition(
    ownerId: string,
    keyId: string,
    from: readonly KeyStatus[],
    to: KeyStatus,
  ): Promise<K> {
    this.checkIds(ownerId, keyId);
    const moved = await this.keys.transition(ownerId, keyId, from, to);
    if (moved === null) throw await this.whyNot(ownerId, keyId, to);
    return moved;
  }

  private async whyNot(ownerId: string, keyId: string, to: KeyStatus | 'rotated'): Promise<Error> {
    const key = await this.keys.findOwn(ownerId, keyId);
    if (key === null) return this.kind.notFound(keyId);
    const isOverdue =
      key.status !== 'revoked' && key.expiresAt !== null && key.expiresAt <= new Date();
    return this.kind.refused(isOverdue ? 'expired' : key.status, to);
  }

  private checkIds(ownerId: string, keyId: string): void {
    if (!isUuid(ownerId) || !isUuid(keyId)) throw this.kind.notFound(keyId);
  }
}
