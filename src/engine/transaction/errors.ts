import { DatabaseError } from '../common/errors/database.error.js';

/** A statement came after its transaction had ended. It was not run. */
export class TransactionEndedError extends DatabaseError {
  readonly code = 'TRANSACTION_ENDED';

  constructor(outcome: 'committed' | 'rolled back') {
    super(
      `The transaction that this statement belongs to has been ${outcome}, and the statement was not run. ` +
        'Await every query before the handler or the transactional method ends' +
        (outcome === 'committed'
          ? '.'
          : '; to write after a failure, do it in a method with @Transactional({ propagation: "REQUIRES_NEW" }).'),
    );
  }
}

/** A rollback to a savepoint also undid statements of other code, which had been reported as done. */
export class InterleavedWritesError extends DatabaseError {
  readonly code = 'INTERLEAVED_WRITES';

  constructor() {
    super(
      'A nested transaction was rolled back while other code wrote in the same transaction. Its writes are undone too, ' +
        'although they were reported as done, so the whole transaction is rolled back. Write through the manager of ' +
        'the query runner that began the nested transaction, or use dataSource.transaction(…), which waits its turn.',
    );
  }
}

/** Code with the propagation `MANDATORY` was called outside any transaction. */
export class TransactionRequiredError extends DatabaseError {
  readonly code = 'TRANSACTION_REQUIRED';

  constructor() {
    super(
      'This method joins a transaction and none is open. Call it from a method with @Transactional(), ' +
        'from dataSource.transaction(…), or from a handler whose request has a transaction.',
    );
  }
}

/** A method requires another isolation level than the open transaction has. */
export class IsolationLevelConflictError extends DatabaseError {
  readonly code = 'ISOLATION_LEVEL_CONFLICT';

  constructor(wanted: string, open: string) {
    super(
      `This method asks for the isolation level ${wanted}, and the transaction it joins has ${open}. ` +
        'Ask for the level where the transaction begins, or use the propagation REQUIRES_NEW.',
    );
  }
}

/** Query runners of one transaction ended their savepoints in the wrong order. */
export class SavepointOrderError extends DatabaseError {
  readonly code = 'SAVEPOINT_ORDER';

  constructor() {
    super(
      'Two query runners opened nested transactions in one transaction at the same time. ' +
        'Run them one after another, or use dataSource.transaction(…), which waits its turn.',
    );
  }
}

/** No database module is running, or several are and the call does not say which one it means. */
export class DataSourceNotFoundError extends DatabaseError {
  readonly code = 'DATA_SOURCE_NOT_FOUND';

  constructor(running: number) {
    super(
      running === 0
        ? '@Transactional() needs a running DatabaseModule: import DatabaseModule.forRoot() and wait for the application to start.'
        : `@Transactional() was called outside any request while ${running} DatabaseModules are running. ` +
            'Start the transaction with dataSource.transaction(…) on the one that is meant.',
    );
  }
}

/** `@Transactional()` or `@NoTransaction()` is on something that it cannot decorate. */
export class TransactionalMethodError extends DatabaseError {
  readonly code = 'TRANSACTIONAL_METHOD';

  constructor(problem: string, remedy: string) {
    super(`${problem}. ${remedy}`);
  }
}
