import { DatabaseError } from './database.error.js';

/** No customer profile has this id. Nothing was written. */
export class UnknownCustomerError extends DatabaseError {
  readonly code = 'UNKNOWN_CUSTOMER';

  constructor(readonly customerProfileId: string) {
    super(
      `There is no customer profile with the id "${customerProfileId}". ` +
        'Give the customer_profiles_id of one that exists, which is a UUID, not the id of its user.',
    );
  }
}
