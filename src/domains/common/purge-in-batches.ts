import { checkCount } from '../../engine/common/check-count.js';

/**
 * Deletes as many rows at a time as `batchSize` says, until a batch is not full. How many they were.
 *
 * @throws InvalidCountError
 */
export async function purgeInBatches(
  batchSize: number,
  deleteSome: (limit: number) => Promise<number>,
): Promise<number> {
  checkCount('batchSize', batchSize);
  let purged = 0;
  for (;;) {
    const deleted = await deleteSome(batchSize);
    purged += deleted;
    if (deleted < batchSize) return purged;
  }
}
