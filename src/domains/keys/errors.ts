import { DatabaseError } from '../../engine/common/errors/database.error.js';

/** The prefix is not valid for a key. Nothing was written. */
export class InvalidKeyPrefixError extends DatabaseError {
  readonly code = 'INVALID_KEY_PREFIX';

  constructor() {
    super(
      'The prefix of a key is a word of letters, digits and underscores, such as sk or sk_test, of up to 20 characters.',
    );
  }
}
