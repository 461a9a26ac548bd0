import type { EntityManager } from 'typeorm';
import type { UndoneRow } from '../../engine/decorators/after-undo.decorator.js';

/**
 * The statement that moves the serials of the customers in a CTE, for statements that change something
 * by one and move the serial by another: both happen, or none.
 *
 * The CTE has a column `customer_profiles_id`. A serial that is not there yet is made as 1. The row of
 * `state` stays locked until the transaction ends, so that serials have no gaps and are seen in order.
 */
export function moveSerialOf(cte: string): string {
  return `INSERT INTO state (customer_profiles_id, serial)
    SELECT DISTINCT customer_profiles_id, 1 FROM ${cte}
    ON CONFLICT (customer_profiles_id) DO UPDATE SET serial = state.serial + 1
    RETURNING serial::text AS serial`;
}

/** Tells OpenKJ that an undo changed venues or requests. */
export async function moveSerialsOfUndone(
  manager: EntityManager,
  rows: readonly UndoneRow[],
): Promise<void> {
  const images = rows.flatMap(({ before, after }) => [before, after]);
  const named = (column: string) => [
    ...new Set(images.map((image) => image?.[column]).filter(Boolean)),
  ];
  await manager.query(
    `WITH changed AS (
       SELECT customer_profiles_id FROM customer_profiles WHERE customer_profiles_id = ANY ($1)
       UNION SELECT customer_profiles_id FROM venues WHERE venues_id = ANY ($2)
       ORDER BY 1
     )
     ${moveSerialOf('changed')}`,
    [named('customer_profiles_id'), named('venues_id')],
  );
}
