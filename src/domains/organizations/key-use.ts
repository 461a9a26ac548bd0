import { Logger } from '@nestjs/common';
import type { ObjectLiteral, Repository } from 'typeorm';
import type { Actor } from '../../engine/actor/actor.js';
import type { DatabaseDataSource } from '../../engine/connection/database.data-source.js';
import { withDefaultActor } from '../identity/default-actor.js';
import { runInTransaction } from '../../engine/transaction/run-in-transaction.js';

/** A table of keys that notes when each was last used. */
export type KeyTable = 'api_keys' | 'branded_app_api_keys';

/**
 * SQL that says whether a key's use is to be written down: at most once a minute, so that a program that
 * calls all the time costs one write a minute, and the time is right to the minute.
 */
export function isUseDue(lastUsedAt: string): string {
  return `(${lastUsedAt} IS NULL OR ${lastUsedAt} < now() - interval '1 minute')`;
}

const log = new Logger('ApiKeys');

/**
 * Notes that a key is in use, unless somebody has done so within the last minute or is about to.
 *
 * Never fails, as the key is good whether or not its use can be written down; nor does it spoil a
 * transaction around, in which it is a savepoint. Nobody waits: a row that is locked is left alone.
 */
export async function recordUse<E extends ObjectLiteral>(
  keys: Repository<E>,
  table: KeyTable,
  id: string,
  user: Actor,
): Promise<void> {
  const database = keys.manager.dataSource as DatabaseDataSource;
  const update = `
    UPDATE ${table} SET last_used_at = now() WHERE ${table}_id IN (
      SELECT ${table}_id FROM ${table}
      WHERE ${table}_id = $1 AND ${isUseDue('last_used_at')} FOR UPDATE SKIP LOCKED)`;
  try {
    await withDefaultActor(user, () =>
      runInTransaction(database, { propagation: 'NESTED' }, (manager) =>
        manager.query(update, [id]),
      ),
    );
  } catch (error) {
    log.warn(`The use of the key ${id} was not noted: ${(error as Error).message}`);
  }
}
