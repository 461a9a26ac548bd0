import type { EntityManager } from 'typeorm';
import { annotate } from '../../actor/actor-context.js';
import type { DatabaseDataSource } from '../../transaction/database.data-source.js';
import type { UndoOptions } from './undo-options.js';

/** Thrown to roll back a dry run. It carries the result. */
class DryRunOver<T> extends Error {
  constructor(readonly result: T) {
    super('dry run');
  }
}

/**
 * Runs `work` in a transaction, whose writes get the reason. A dry run does everything too, and rolls it back.
 *
 * @throws InvalidAnnotationError
 */
export async function allOrNothing<T>(
  database: DatabaseDataSource,
  { dryRun, reason }: Pick<UndoOptions, 'dryRun' | 'reason'>,
  work: (manager: EntityManager) => Promise<T>,
): Promise<T> {
  try {
    return await annotate({ reason }, () =>
      database.transaction(async (manager) => {
        const result = await work(manager);
        if (dryRun) throw new DryRunOver(result);
        return result;
      }),
    );
  } catch (error) {
    if (error instanceof DryRunOver) return error.result as T;
    throw error;
  }
}
