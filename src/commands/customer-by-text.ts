import type { CustomerProfileRepository } from '../domains/identity/repositories/profile.repository.js';
import { isUuid } from '../engine/common/uuid.js';
import { InvalidArgumentError } from './errors.js';

/**
 * The id of the customer profile that an argument names: by the id itself, an e-mail address, or the name of the
 * business.
 *
 * @throws InvalidArgumentError when no customer has it, or several
 */
export async function customerByText(
  customers: CustomerProfileRepository,
  text: string,
): Promise<string> {
  const isId: boolean = isUuid(text);
  if (isId) return text;
  const found = await customers.findByNameOrEmail(text);
  if (found.length === 1) return found[0]!.id;
  if (found.length === 0) {
    throw new InvalidArgumentError(
      `No customer has the e-mail address or the name "${text}". Give the customer profile’s id, the address of its user or of the business, or the name of the business as it is written there.`,
    );
  }
  const list = found.map(
    ({ id, dbaName, legalBusinessName }) => `${id} (${dbaName ?? legalBusinessName ?? 'no name'})`,
  );
  throw new InvalidArgumentError(
    `Several customers have the e-mail address or the name "${text}". Give the id of one: ${list.join(', ')}.`,
  );
}
