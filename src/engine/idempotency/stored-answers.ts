import type { EntityManager } from 'typeorm';
import type { Actor } from '../actor/actor.js';
import { currentAttribution } from '../actor/actor-context.js';
import { isUuid } from '../common/uuid.js';
import {
  AnswerNotStorableError,
  IdempotencyKeyReusedError,
  OperationInProgressError,
} from './errors.js';
import { fingerprintOf } from './fingerprint.js';

/** An operation that a client may retry with the same key. */
export interface Operation {
  readonly key: string;
  /** The operation that the key belongs to, such as a route. */
  readonly route: string;
  /** Tells clients of the same actor apart. */
  readonly scope?: string;
  /** The SHA-256 of everything that the client sends. */
  readonly fingerprint: Buffer;
  /** How long the answer is kept, in milliseconds. */
  readonly lifetime: number;
  readonly maxAnswerBytes: number;
}

/** An operation whose key this transaction has. Its answer is still to come. */
export interface Claim {
  readonly id: Buffer;
  readonly maxAnswerBytes: number;
}

/**
 * Takes a key until the transaction ends. The lock is tried, and not waited for: a request that waits would hold
 * a connection. The primary key would also refuse a second row of two transactions.
 */
const claimKey = `
  INSERT INTO audit.idempotency_keys AS k (idempotency_keys_id, user_id, route, fingerprint, expires_at)
  SELECT $1, $2, $3, $4, now() + $5 * interval '1 millisecond'
  WHERE pg_try_advisory_xact_lock($6)
  ON CONFLICT (idempotency_keys_id) DO UPDATE
    SET user_id = excluded.user_id, fingerprint = excluded.fingerprint, answer = NULL,
        created_at = now(), expires_at = excluded.expires_at
    WHERE k.expires_at <= now()
  RETURNING true AS claimed`;

const readAnswer = `
  SELECT fingerprint, answer FROM audit.idempotency_keys
  WHERE idempotency_keys_id = $1 AND expires_at > now()`;

/**
 * Claims the key of an operation in the current transaction, or returns the answer that an earlier transaction
 * has stored as JSON.
 *
 * @throws IdempotencyKeyReusedError, OperationInProgressError
 */
export async function claimOrAnswer(
  manager: EntityManager,
  operation: Operation,
): Promise<Claim | string> {
  const actor = currentAttribution()?.actor;
  const { key, route, scope, fingerprint, lifetime, maxAnswerBytes } = operation;
  const id = fingerprintOf([actor ?? null, route, scope ?? null, key]);
  const user = actor === undefined ? undefined : personOf(actor);
  const claimed = await manager.query<unknown[]>(claimKey, [
    id,
    user === undefined ? null : userKey(user),
    route,
    fingerprint,
    lifetime,
    String(id.readBigInt64BE()),
  ]);
  if (claimed.length > 0) return { id, maxAnswerBytes };
  const [stored] = await manager.query<{ fingerprint: Buffer; answer: string | null }[]>(
    readAnswer,
    [id],
  );
  if (stored !== undefined && !fingerprint.equals(stored.fingerprint)) {
    throw new IdempotencyKeyReusedError();
  }
  if (stored === undefined || stored.answer === null) throw new OperationInProgressError();
  return stored.answer;
}

/**
 * Stores the answer of a claimed operation in the current transaction.
 *
 * @throws AnswerNotStorableError when it has no JSON, or is too large
 */
export async function storeAnswer(
  manager: EntityManager,
  { id, maxAnswerBytes }: Claim,
  answer: object,
): Promise<void> {
  const json = jsonOf(answer);
  const size = Buffer.byteLength(json);
  if (size > maxAnswerBytes) {
    throw new AnswerNotStorableError(
      `it has ${size} bytes, and the maximum is ${maxAnswerBytes}`,
      'Return less, such as an id, or increase maxAnswerBytes.',
    );
  }
  await manager.query(
    'UPDATE audit.idempotency_keys SET answer = $2 WHERE idempotency_keys_id = $1',
    [id, json],
  );
}

/** Deletes the answers that a user has got. Returns their number. */
export async function forgetAnswersOf(manager: EntityManager, userId: string): Promise<number> {
  const [, deleted] = await manager.query<[unknown, number]>(
    'DELETE FROM audit.idempotency_keys WHERE user_id = $1',
    [userKey(userId)],
  );
  return deleted;
}

/** Deletes up to `limit` expired answers, those that expired first. Returns their number. */
export async function purgeSomeAnswers(manager: EntityManager, limit: number): Promise<number> {
  const [, deleted] = await manager.query<[unknown, number]>(
    `DELETE FROM audit.idempotency_keys WHERE idempotency_keys_id IN (
       SELECT idempotency_keys_id FROM audit.idempotency_keys WHERE expires_at <= now()
       ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)`,
    [limit],
  );
  return deleted;
}

function jsonOf(answer: object): string {
  try {
    return JSON.stringify(answer);
  } catch (error) {
    throw new AnswerNotStorableError('it is no JSON', 'Return plain values.', { cause: error });
  }
}

/** Whom an answer is about: the user whom the actor acts for, else the actor itself. */
function personOf(actor: Actor): string | undefined {
  return actor.onBehalfOf?.userId ?? ('userId' in actor ? actor.userId : undefined);
}

/** PostgreSQL writes a UUID in lower case. Another id may be case-sensitive. */
function userKey(userId: string): string {
  return isUuid(userId) ? userId.toLowerCase() : userId;
}
