import { DatabaseError } from '../engine/common/errors/database.error.js';

/** The customer cannot be moved as things are. Nothing was changed. */
export class CustomerMoveError extends DatabaseError {
  readonly code = 'CUSTOMER_MOVE';

  constructor(reason: string, remedy: string, options?: ErrorOptions) {
    super(`The customer cannot be moved: ${reason}. ${remedy} Nothing was changed.`, options);
  }

  static ofConstraint(cause: Error & { table?: string; constraint?: string }): CustomerMoveError {
    return new CustomerMoveError(
      `a row of ${cause.table} is in conflict with the constraint ${cause.constraint} in the target`,
      'Change or remove one of the two rows, such as a second account with the same e-mail address. ' +
        'Numbers collide where two cells count from 1: see docs/scaling.md.',
      { cause },
    );
  }

  static ofRights(cause: Error): CustomerMoveError {
    return new CustomerMoveError(
      'the role may not set session_replication_role in the target, without which every copied row would be recorded as new',
      'As a superuser, run: GRANT SET ON PARAMETER session_replication_role TO the role; or connect as a superuser.',
      { cause },
    );
  }
}

/** A copied row or entry differs from its original. The source is as before. */
export class CustomerCopyDiffersError extends DatabaseError {
  readonly code = 'CUSTOMER_COPY_DIFFERS';

  /** @param difference what differs */
  constructor(difference: string) {
    super(
      `The copy differs from the original: ${difference}. The source stays as it was. ` +
        'If the source was written to since an earlier move had copied it, delete the copy in the target, and move again.',
    );
  }
}
