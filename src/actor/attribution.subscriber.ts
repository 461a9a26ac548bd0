import type { BeforeQueryEvent, EntitySubscriberInterface } from 'typeorm';
import type { DatabaseClient } from '../connection/database.client.js';
import type { DatabaseDataSource } from '../connection/database.data-source.js';
import type { DatabaseQueryRunner } from '../connection/database.query-runner.js';
import { configuresTransaction, endsTransaction } from '../connection/statement.js';
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

  constructor(private readonly database: DatabaseDataSource) {}

  async beforeQuery({ query, queryRunner }: BeforeQueryEvent): Promise<void> {
    const client = (await queryRunner.connect()) as DatabaseClient;
    const status = client.getTransactionStatus();
    const isOpen = status === 'T' || status === 'E';
    if (!isOpen || client.isBeginning) this.told.delete(client);
    if (!isOpen) {
      if ((queryRunner as DatabaseQueryRunner).writesByItself) {
        client.sendWithNext(this.statement(currentAttribution(), true));
      }
    } else if (endsTransaction(query)) {
      this.told.set(client, uncertain);
    } else if (status === 'T' && !configuresTransaction(query)) {
      this.tell(client, currentAttribution());
    }
  }

  private tell(client: DatabaseClient, attribution: Attribution | undefined): void {
    const opening = !this.told.has(client);
    if (!opening && this.told.get(client) === attribution) return;
    // Should it fail, the transaction has failed, and has to fall back before it is told anything again.
    client.sendWithNext(this.statement(attribution, opening));
    this.told.set(client, attribution);
  }

  private statement(attribution: Attribution | undefined, opening: boolean) {
    const { actor, requestId, route } = attribution ?? {};
    const settings: [name: string, value: string][] = [
      ['app.current_user_id', actor !== undefined && 'userId' in actor ? actor.userId : ''],
      ['app.actor_name', actor !== undefined && 'name' in actor ? actor.name : ''],
      ['app.request_id', requestId ?? ''],
      ['app.route', route ?? ''],
      ...(opening ? this.openingSettings() : []),
    ];
    return {
      text: `SELECT ${settings.map((_, index) => `set_config($${2 * index + 1}, $${2 * index + 2}, true)`).join(', ')}`,
      values: settings.flat(),
    };
  }

  private openingSettings(): [string, string][] {
    const { timeouts, unattributedWrites } = this.database.config;
    return [
      ['statement_timeout', String(timeouts.statement)],
      ['lock_timeout', String(timeouts.lock)],
      ['idle_in_transaction_session_timeout', String(timeouts.idleInTransaction)],
      // Only ever tightened: a database that rejects by itself goes on to do so.
      ...(unattributedWrites === 'reject'
        ? [['app.unattributed_writes', 'reject'] as [string, string]]
        : []),
    ];
  }
}
