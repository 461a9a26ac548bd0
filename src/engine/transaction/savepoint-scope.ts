import type { IsolationLevel } from 'typeorm/driver/types/IsolationLevel.js';
import type { DatabaseQueryRunner } from '../connection/database.query-runner.js';
import { inTurnOf } from '../connection/turn.js';
import { InterleavedWritesError } from './errors.js';
import type { RootScope, TransactionEvent } from './root-scope.js';
import type { ScopedQueryRunner } from './scoped.query-runner.js';
import { TransactionScope, type OpenSavepoint } from './transaction-scope.js';

let count = 0;

/** A savepoint in a transaction. A failure in it does not undo the rest of the transaction. */
export class SavepointScope extends TransactionScope {
  private readonly savepoint = `nested_${++count}`;
  private set = false;

  constructor(
    private readonly around: TransactionScope,
    protected readonly connection: DatabaseQueryRunner,
    private readonly opener: ScopedQueryRunner | undefined,
  ) {
    super(around.database, around, openSavepoint);
  }

  get root(): RootScope {
    return this.around.root;
  }

  get isolationLevel(): IsolationLevel | undefined {
    return this.around.isolationLevel;
  }

  get hasBegun(): boolean {
    return this.isOpen && this.around.hasBegun;
  }

  override noteWrite(): void {
    this.opener?.noteWrite();
    super.noteWrite();
  }

  protected async begin(): Promise<DatabaseQueryRunner> {
    if (!this.set) {
      await this.raise('BeforeTransactionStart');
      await this.connection.query(`SAVEPOINT ${this.savepoint}`);
      this.set = true;
      await this.raise('AfterTransactionStart');
    }
    return this.connection;
  }

  async commit(): Promise<void> {
    if (this.set) await this.root.raise('BeforeTransactionCommit', this);
    await this.queue.run(async () => {
      if (this.isRolledBack) throw this.endedError;
      if (this.set) await this.connection.query(`RELEASE SAVEPOINT ${this.savepoint}`);
      this.state = 'committed';
    });
    this.held.isReleased = true;
    for (const effect of this.afterCommit) this.around.onCommit(effect);
    await this.tellOfEnd('AfterTransactionCommit');
  }

  async rollback(): Promise<void> {
    // The failure may come from an event after the commit.
    if (this.state === 'committed') return;
    this.state = 'rolled back';
    await this.queue.run(async () => {
      // After the rollback of the whole transaction, its connection may be in use elsewhere.
      if (!this.set || this.around.isRolledBack) return;
      await this.raise('BeforeTransactionRollback').catch(this.root.logFailure);
      // This fails only if the connection is lost, and with it the whole transaction.
      await this.connection
        .query(`ROLLBACK TO SAVEPOINT ${this.savepoint}`)
        .then(() => this.connection.query(`RELEASE SAVEPOINT ${this.savepoint}`))
        .catch(() => undefined);
      this.around.forgetWrites(this.writes);
      this.doomGuests(new InterleavedWritesError());
    });
    this.held.isReleased = true;
    await this.tellOfEnd('AfterTransactionRollback');
  }

  /**
   * Raises the event of the end. Statements of its subscribers belong to the outer scope, and come before its
   * queue.
   */
  private async tellOfEnd(event: TransactionEvent): Promise<void> {
    this.around.nestedEnded();
    if (this.set && !this.around.isRolledBack) {
      await inTurnOf(this.connection, () => this.root.raiseLast(event, this.around));
    }
  }

  /** Raises an event. Statements of its subscribers run at once. */
  private raise(event: TransactionEvent): Promise<void> {
    return inTurnOf(this.connection, () => this.root.raise(event, this));
  }
}

function openSavepoint(
  ...[around, connection, opener]: Parameters<OpenSavepoint>
): TransactionScope {
  return new SavepointScope(around, connection, opener);
}
