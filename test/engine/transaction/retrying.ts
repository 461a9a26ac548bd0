import { Transactional } from '@singr/database';

class Retrying {
  @Transactional({ retries: 2 })
  static run(work: () => Promise<unknown>): Promise<unknown> {
    return work();
  }
}

/** Runs `work` in a transaction that is tried three times. */
export const retrying = (work: () => Promise<unknown>) => Retrying.run(work);
