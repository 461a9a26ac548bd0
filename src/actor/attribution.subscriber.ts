import type { BeforeQueryEvent, EntitySubscriberInterface } from 'typeorm';
import type { DatabaseClient } from '../connection/database.client.js';
import type { DatabaseDataSource } from '../connection/database.data-source.js';
import type { DatabaseQueryRunner } from '../connection/database.query-runner.js';
import { configuresTransaction, endsTransaction } from '../connection/statement.js';
import { attributionStatement, type AttributionStatement } from './attribution-statement.js';
import { currentAttribution, type Attribution } from './actor-context.js';

/** The state of a connection whose savepoint was undone: what it was told may have been undone too. */
const uncertain = Symbol('uncertain');

/**
 * Tells PostgreSQL who is writing, on every transaction that TypeORM opens: before a transaction's
 * first statement, and again before the first statement of another actor. It travels with that statement.
 *
 * The settings are transaction-local, so that nothing stays on a pooled connection. They live in a
 * subscriber because TypeORM calls it for whatever opens the transaction: `save()`, `transaction()`,
 * or a query runner in the application's own code.
 */
export class AttributionSubscriber implements EntitySubscriberInterface {
  /** What each connection's open transaction was last told. */
  private readonly told = new WeakMap<DatabaseClient, Attribution | undefined | typeof uncertain>();

  private readonly ofLoneWrite: AttributionStatement;
  private readonly ofBeginning: AttributionStatement;
  private readonly ofChange = attributionStatement();

  constructor({ config: { timeouts, unattributedWrites } }: DatabaseDataSource) {
    const settings = {
      statement_timeout: String(timeouts.statement),
      lock_timeout: String(timeouts.lock),
      // Only ever tightened: a database that rejects by itself goes on to do so.
      ...(unattributedWrites === 'reject' ? { 'app.unattributed_writes': 'reject' } : {}),
    };
    this.ofLoneWrite = attributionStatement(settings);
    this.ofBeginning = attributionStatement({
      ...settings,
      idle_in_transaction_session_timeout: String(timeouts.idleInTransaction),
    });
  }

  async beforeQuery({ query, queryRunner }: BeforeQueryEvent): Promise<void> {
    const client = (await queryRunner.connect()) as DatabaseClient;
    const status = client.getTransactionStatus();
    const isOpen = status === 'T' || status === 'E';
    if (!isOpen || client.isBeginning) this.told.delete(client);
    if (!isOpen) {
      if ((queryRunner as DatabaseQueryRunner).writesByItself) {
        client.sendWithNext(this.ofLoneWrite(currentAttribution()));
      }
    } else if (endsTransaction(query)) {
      this.told.set(client, uncertain);
    } else if (status === 'T' && !configuresTransaction(query)) {
      this.tell(client, currentAttribution());
    }
  }

  private tell(client: DatabaseClient, attribution: Attribution | undefined): void {
    const isBeginning = !this.told.has(client);
    if (!isBeginning && this.told.get(client) === attribution) return;
    // Should it fail, the transaction has failed, and has to fall back before it is told anything again.
    client.sendWithNext((isBeginning ? this.ofBeginning : this.ofChange)(attribution));
    this.told.set(client, attribution);
  }
}
