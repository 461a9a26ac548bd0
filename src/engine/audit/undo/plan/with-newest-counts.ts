import type { EntityManager } from 'typeorm';
import { trailOf } from '../../renames.js';
import type { Reversal } from '../reversals/reversal.js';

/**
 * The target image with the newest values that the trail has of forward-only columns. The row may have
 * changed after the image was made.
 */
export async function withNewestCounts(
  manager: EntityManager,
  { table, targetId, target }: Reversal,
): Promise<string | null> {
  if (table.forwardOnlyColumns.length === 0) return target;
  const [row] = await manager.query<{ image: string | null }[]>(
    `SELECT ($3::jsonb || coalesce((
       SELECT jsonb_object_agg(key, value)
       FROM jsonb_each((
         SELECT coalesce(new_data, old_data) FROM ${trailOf(table)}
         WHERE table_name = $1 AND record_id = $2 AND operation IN ('INSERT', 'UPDATE', 'DELETE')
         ORDER BY sequence DESC LIMIT 1))
       WHERE key = ANY ($4)), '{}'))::text AS image`,
    [table.name, targetId, target, table.forwardOnlyColumns],
  );
  return row!.image;
}
