import { normalEmail } from '../../../engine/common/email-key.js';
import { InvalidEmailError } from '../errors.js';

/**
 * Validates an e-mail address and returns the form that is stored and mailed to.
 *
 * @throws InvalidEmailError
 */
export function checkEmail(email: string): string {
  const address = normalEmail(email);
  if (address === undefined) throw new InvalidEmailError();
  return address;
}
