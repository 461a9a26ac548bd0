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
