import { TenantContext } from '../../engine/actor/tenant-context.js';
import { checkCount } from '../../engine/common/check-count.js';

/**
 * Deletes rows, or changes them so that they no longer count, in batches of `batchSize` until a batch is not
 * full. Returns the number of rows. It reaches the rows of all tenants.
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
    const deleted = await TenantContext.run('all', () => deleteSome(batchSize));
    purged += deleted;
    if (deleted < batchSize) return purged;
  }
}
