import type { EntityManager } from 'typeorm';
import type { UndoneRow } from '../../engine/decorators/after-undo.decorator.js';

/**
 * The serial of a customer that has no row in `state`. It is also the column's default, so a customer has a
 * row only after the serial was incremented.
 */
export const firstSerial = 1;

/**
 * The SQL expression for the number that OpenKJ is told for a value of `state.serial`.
 *
 * OpenKJ reads integers of 31 bits. It takes 0 for a failure, and reads a greater number as 0. The column has
 * 64 bits and only counts up. The number that is told goes from 1 to 2147483647, and then begins again at 1.
 * OpenKJ only compares it with the last one that it has seen, so it notices that change like any other.
 */
export function toldSerial(serial: string): string {
  return `((${serial} % 2147483647 + 2147483646) % 2147483647 + 1)::int`;
}

/**
 * The SQL that increments the serials of the customers in a CTE. A statement that changes something in one
 * CTE increments the serial in another, so both happen or neither does. It returns the numbers to tell OpenKJ.
 *
 * The CTE has a column `customer_profiles_id`. A missing serial is created with the value after the first
 * one. The row of `state` stays locked until the transaction ends, so serials have no gaps and become visible
 * in order.
 */
export function moveSerialOf(cte: string): string {
  return `INSERT INTO state (customer_profiles_id, serial)
    SELECT DISTINCT customer_profiles_id, ${firstSerial + 1} FROM ${cte}
    ON CONFLICT (customer_profiles_id) DO UPDATE SET serial = state.serial + 1
    RETURNING ${toldSerial('serial')} AS serial`;
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
