import type { DatabaseClient } from '../../driver/database.client.js';
import { commitsTransaction, mayWrite } from '../../driver/statement-kinds.js';
import type { Mark, ReadPositions } from './read-positions.js';
import { walPosition, type WalPosition } from './wal-position.js';

/**
 * SQL expression of the position of the primary; null on a standby. It is that of the log in memory, which has
 * every commit, also with `synchronous_commit = off`.
 */
export const currentPosition =
  'CASE WHEN NOT pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_current_wal_insert_lsn()::text END';

/** Asks the primary for its position, for as long as it takes. */
export type AskForPosition = () => Promise<WalPosition>;

/** Finds out for the writers on a connection where the log of the primary is after their commits. */
export class CommitPositions {
  /** The marks of the code that may have written in the open transaction. */
  readonly writers = new Set<Mark>();

  constructor(
    readonly positions: ReadPositions,
    readonly ask: AskForPosition,
  ) {}

  statement(client: DatabaseClient, sql: string, isRaw: boolean): StatementPosition {
    return new StatementPosition(this, client, sql, isRaw);
  }
}

/** One statement, and where the log of the primary is after it if it commits. */
export class StatementPosition {
  private position: string | undefined;
  private mayHaveCommitted = false;

  constructor(
    private readonly connection: CommitPositions,
    private readonly client: DatabaseClient,
    readonly sql: string,
    private readonly isRaw: boolean,
  ) {}

  /**
   * Called right before the statement is sent. COMMIT brings the position along, without a round trip of its
   * own. A statement outside a transaction is committed with the end of its batch, and in the batch it can only
   * ask whether it writes.
   */
  sending(): void {
    const { client, sql, isRaw } = this;
    const { writers, positions } = this.connection;
    const status = client.getTransactionStatus();
    const isOpen = status === 'T' || status === 'E';
    if (!isOpen || client.isBeginning) writers.clear();
    if (status === 'T' && commitsTransaction(sql)) {
      this.mayHaveCommitted = writers.size > 0;
      if (!this.mayHaveCommitted) return;
      client.sendAfterNext({
        text: `SELECT ${currentPosition}`,
        onRow: ([position]) => (this.position = position ?? undefined),
      });
    } else if (mayWrite(sql, isRaw)) {
      for (const mark of positions.marksHere) writers.add(mark);
      if (isOpen) return;
      this.mayHaveCommitted = true;
      client.sendAfterNext({
        text: 'SELECT pg_catalog.pg_current_xact_id_if_assigned()',
        onRow: ([id]) => (this.mayHaveCommitted = id !== null),
      });
    }
  }

  /** Called when the statement has succeeded. */
  async succeeded(): Promise<void> {
    if (!this.mayHaveCommitted) return;
    try {
      this.position ??= await this.askHere();
    } catch {
      return this.outcomeUnknown();
    }
    for (const mark of this.connection.writers) mark.raise(walPosition(this.position));
    this.connection.writers.clear();
  }

  /** Called when it is not known whether the statement committed. */
  outcomeUnknown(): void {
    if (this.connection.writers.size === 0) return;
    const position = this.connection.ask();
    for (const mark of this.connection.writers) void mark.raiseLater(position);
    this.connection.writers.clear();
  }

  private async askHere(): Promise<string> {
    const { rows } = (await this.client.query(`SELECT ${currentPosition} AS position`)) as {
      rows: [{ position: string | null }];
    };
    // A server that became a standby commits nothing.
    return rows[0].position ?? '0/0';
  }
}
