import { StripeObjectIncompleteError } from '../errors.js';

/**
 * Converts an amount in the minor unit of its currency to a decimal string, the form of `bigint` columns.
 *
 * @throws StripeObjectIncompleteError for a number that is not an integer, or is too large for JavaScript
 * to be exact
 */
export function minorUnits(
  amount: number | null | undefined,
  kind: string,
  field: string,
): string | null {
  if (amount === null || amount === undefined) return null;
  if (!Number.isSafeInteger(amount)) throw new StripeObjectIncompleteError(kind, field);
  return String(amount);
}
