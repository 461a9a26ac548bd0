import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { checkCount } from '../common/check-count.js';
import { runInTransaction } from '../transaction/run-in-transaction.js';
import type { DatabaseDataSource } from '../transaction/database.data-source.js';
import { fingerprintOf } from './fingerprint.js';
import { checkKey } from './idempotency-key.js';
import { answerLifetime, checkLifetime, maxAnswerBytes } from './idempotent.decorator.js';
import { claimOrAnswer, purgeSomeAnswers, storeAnswer } from './stored-answers.js';

/** An operation that may come twice, for example in a message that is delivered again. */
export interface IdempotentOperation {
  /** 1 to 255 visible ASCII characters, such as the id of the message. */
  key: string;
  /** The operation that the key belongs to, such as `orders.create`. */
  operation: string;
  /** What the client sent. The same key with another payload is refused. Default: it is not compared. */
  payload?: unknown;
  /** How long the result is kept, in milliseconds, up to 30 days. Default: 24 hours. */
  lifetime?: number;
}

/** Runs operations once for each key, and deletes expired answers. */
@Injectable()
export class IdempotencyService {
  constructor(@Inject(getDataSourceToken()) private readonly database: DatabaseDataSource) {}

  /**
   * Runs `work` in a transaction, and stores its result there. A later call with the same key, operation and
   * actor returns that result, as JSON has it, and does not run `work`. For messages, jobs and GraphQL, where
   * `@Idempotent()` does not apply.
   *
   * @throws InvalidIdempotencyKeyError, InvalidCountError
   * @throws IdempotencyKeyReusedError when the key came with another payload before
   * @throws OperationInProgressError while another transaction runs the operation
   * @throws AnswerNotStorableError when the result is no JSON, or has more than 256 KiB
   */
  async once<T>(
    { key, operation, payload, lifetime = answerLifetime }: IdempotentOperation,
    work: () => Promise<T>,
  ): Promise<T> {
    const checked = {
      key: checkKey(key),
      route: operation,
      scope: 'operation',
      fingerprint: fingerprintOf(payload),
      lifetime: checkLifetime(lifetime),
      maxAnswerBytes,
    };
    return runInTransaction(this.database, {}, async (manager) => {
      const claim = await claimOrAnswer(manager, checked);
      if (typeof claim === 'string') return (JSON.parse(claim) as { value: T }).value;
      const value = await work();
      await storeAnswer(manager, claim, { value });
      return value;
    });
  }

  /**
   * Deletes expired answers in batches. Returns their number.
   *
   * @param batchSize the number of rows deleted in a statement, 1 to 1,000,000
   * @throws InvalidCountError
   */
  async purgeExpired(batchSize = 10_000): Promise<number> {
    checkCount('batchSize', batchSize);
    let purged = 0;
    for (;;) {
      const deleted = await purgeSomeAnswers(this.database.manager, batchSize);
      purged += deleted;
      if (deleted < batchSize) return purged;
    }
  }
}
