import { StripeObjectIncompleteError } from '../errors.js';

/**
 * An amount in the minor unit of its currency, as a decimal string: what `bigint` columns hold.
 *
 * @throws StripeObjectIncompleteError for a number that is not a whole one, or that JavaScript rounded
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
