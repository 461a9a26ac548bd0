import type { EntityManager } from 'typeorm';
import type { UndoneRow } from '../../engine/decorators/after-undo.decorator.js';

/**
 * The SQL that increments the serials of the customers in a CTE. A statement that changes something in one
 * CTE increments the serial in another, so both happen or neither does.
 *
 * The CTE has a column `customer_profiles_id`. A missing serial is created with the value 1. The row of
 * `state` stays locked until the transaction ends, so serials have no gaps and become visible in order.
 */
export function moveSerialOf(cte: string): string {
  return `INSERT INTO state (customer_profiles_id, serial)
    SELECT DISTINCT customer_profiles_id, 1 FROM ${cte}
    ON CONFLICT (customer_profiles_id) DO UPDATE SET serial = state.serial + 1
    RETURNING serial::text AS serial`;
}

/** Increments the customers' serials when an undo changed their venues or requests, so that OpenKJ notices. */
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
