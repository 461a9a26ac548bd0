import { currentDatabase, scopeToCommit } from './transaction-context.js';
import { TransactionEndedError } from './errors.js';

/**
 * Calls `effect` (an e-mail, a message, a call to another service) once the current transaction has committed.
 * Effects run in the order of registration. They do not run after a rollback of the transaction, or of the
 * savepoint in which they were registered. Without a transaction, `effect` is called at once.
 *
 * The failure of an effect is logged, and does not undo the transaction.
 *
 * @throws TransactionEndedError when the current transaction has been rolled back
 */
export async function afterCommit(effect: () => unknown): Promise<void> {
  const database = currentDatabase();
  const scope = database && scopeToCommit(database);
  if (scope === undefined) await effect();
  else if (scope.isRolledBack) throw new TransactionEndedError('rolled back');
  else scope.onCommit(effect);
}
