import type { IsolationLevel } from 'typeorm/driver/types/IsolationLevel.js';
import type { DatabaseQueryRunner } from '../connection/database.query-runner.js';
import { inTurnOf } from '../connection/turn.js';
import { InterleavedWritesError } from './errors.js';
import type { RootScope, TransactionEvent } from './root-scope.js';
import type { ScopedQueryRunner } from './scoped.query-runner.js';
import { TransactionScope, type OpenSavepoint } from './transaction-scope.js';

let count = 0;

/** A savepoint in a transaction: what fails in it is undone without the rest. */
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
    await this.line.run(async () => {
      if (this.isRolledBack) throw this.endedError;
      if (this.set) await this.connection.query(`RELEASE SAVEPOINT ${this.savepoint}`);
      this.state = 'committed';
    });
    this.held.isReleased = true;
    for (const effect of this.afterCommit) this.around.onCommit(effect);
    await this.tellOfEnd('AfterTransactionCommit');
  }

  async rollback(): Promise<void> {
    // What failed may be what follows the commit.
    if (this.state === 'committed') return;
    this.state = 'rolled back';
    await this.line.run(async () => {
      // With the whole transaction goes its connection, which may be another's by now.
      if (!this.set || this.around.isRolledBack) return;
      await this.raise('BeforeTransactionRollback').catch(this.root.logFailure);
      // Fails only with the connection, and then the whole transaction is gone.
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

  /** What subscribers do then is part of the scope around, whose line is still held for this one. */
  private async tellOfEnd(event: TransactionEvent): Promise<void> {
    this.around.nestedEnded();
    if (this.set && !this.around.isRolledBack) {
      await inTurnOf(this.connection, () => this.root.raiseLast(event, this.around));
    }
  }

  /** Raises an event in the middle of a statement's turn. */
  private raise(event: TransactionEvent): Promise<void> {
    return inTurnOf(this.connection, () => this.root.raise(event, this));
  }
}

function openSavepoint(
  ...[around, connection, opener]: Parameters<OpenSavepoint>
): TransactionScope {
  return new SavepointScope(around, connection, opener);
}
