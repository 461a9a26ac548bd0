import { setTimeout as sleep } from 'node:timers/promises';
import { checkCount } from '../../../engine/common/check-count.js';
import { isOpenkjNumber } from '../../common/openkj-number.js';
import { isUuid } from '../../../engine/common/uuid.js';
import { CustomerProfileNotFoundError } from '../../identity/errors.js';
import { CatalogueBusyError, InvalidSystemNumberError } from '../errors.js';
import type { Catalogue } from '../import/catalogue.js';
import type { Patience } from '../import/import-options.js';
import type { SongRepository } from '../repositories/song.repository.js';

const defaultPatience = 60_000;
const longestPatience = 24 * 60 * 60 * 1000;

/**
 * Keeps the customer from being deleted until the transaction ends.
 *
 * @throws CustomerProfileNotFoundError, InvalidSystemNumberError, InvalidCountError
 */
export async function assertCatalogue(
  songs: SongRepository,
  { customerProfileId, openkjSystemId, patienceMs = defaultPatience }: Catalogue & Patience,
): Promise<void> {
  // With NaN the wait would never end.
  checkCount('patienceMs', patienceMs, { least: 0, most: longestPatience });
  if (!isOpenkjNumber(openkjSystemId)) {
    throw new InvalidSystemNumberError(openkjSystemId);
  }
  if (!isUuid(customerProfileId) || !(await songs.keepCustomer(customerProfileId))) {
    throw new CustomerProfileNotFoundError(customerProfileId);
  }
}

/**
 * Locks a catalogue for writing until the transaction ends, and waits for the lock by trying repeatedly. If
 * PostgreSQL waited, `lock_timeout`, which is meant for rows, could abort the transaction.
 *
 * @throws CatalogueBusyError
 */
export async function takeTurn(
  songs: SongRepository,
  { patienceMs = defaultPatience, ...catalogue }: Catalogue & Patience,
): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!(await songs.tryLock(catalogue))) {
    if (performance.now() >= end) {
      throw new CatalogueBusyError(catalogue.openkjSystemId, patienceMs / 1000);
    }
    await sleep(50);
  }
}
