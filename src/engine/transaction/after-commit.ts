import { currentDatabase, scopeToCommit } from './transaction-context.js';
import { TransactionEndedError } from './errors.js';

/**
 * Calls `effect` (an e-mail, a message, a call to another service) once the transaction around has
 * committed, in the order of registration; never after a rollback, also not after one to the savepoint
 * that the call was made in. Without a transaction it is called at once.
 *
 * An effect that fails is logged: the transaction is committed and stays so.
 *
 * @throws TransactionEndedError when the transaction around has been rolled back
 */
export async function afterCommit(effect: () => unknown): Promise<void> {
  const database = currentDatabase();
  const scope = database && scopeToCommit(database);
  if (scope === undefined) await effect();
  else if (scope.isRolledBack) throw new TransactionEndedError('rolled back');
  else scope.onCommit(effect);
}
